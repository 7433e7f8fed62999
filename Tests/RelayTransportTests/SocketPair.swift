import Glibc

/// Two sockets that are connected with each other and do not block.
final class SocketPair {
    let near: CInt
    private var far: CInt

    init() {
        var ends: [CInt] = [-1, -1]
        socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0, &ends)
        (near, far) = (ends[0], ends[1])
    }

    deinit {
        close(near)
        endFar()
    }

    func endFar() {
        guard far >= 0 else { return }
        close(far)
        far = -1
    }

    /// What has come to the far end by now.
    func heard() -> [UInt8] {
        var heard: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(far, &piece, piece.count)
            guard count > 0 else { return heard }
            heard += piece[..<count]
        }
    }

    /// Has the near end take no more; returns how much it has taken.
    func fill() -> Int {
        let piece = [UInt8](repeating: 0, count: 4096)
        var taken = 0
        while true {
            let count = write(near, piece, piece.count)
            guard count > 0 else { return taken }
            taken += count
        }
    }
}

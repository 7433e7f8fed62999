import Glibc
import NIOCore
import RelayCore
import Synchronization

/// A file that has no name: what a session holds of one message beyond memory. It ends with its descriptor, so that no
/// end of the process leaves anything on the disk.
///
/// Its calls block, and belong on a thread that may: they come one after the other. Made by the first `append`, with
/// permissions 0600.
final class SpoolFile: Sendable {
    private struct State {
        var descriptor: CInt = -1
        var written: off_t = 0
        var read: off_t = 0
        var isClosed = false
    }

    private let folder: String
    private let state = Mutex(State())

    init(in folder: String) {
        self.folder = folder
    }

    deinit { close() }

    func append(_ bytes: ByteBuffer) throws(SpoolFailure) {
        try state.withLock { state throws(SpoolFailure) in
            guard !state.isClosed else { return }
            if state.descriptor < 0 { state.descriptor = try open() }
            let descriptor = state.descriptor
            var rest = bytes
            while rest.readableBytes > 0 {
                let place = state.written
                let count = rest.withUnsafeReadableBytes { pwrite(descriptor, $0.baseAddress, $0.count, place) }
                if count < 0, errno == EINTR { continue }
                // A device that takes nothing and says nothing has no room either.
                guard count > 0 else { throw failure(count == 0 ? ENOSPC : errno, "writing") }
                rest.moveReaderIndex(forwardBy: count)
                state.written += off_t(count)
            }
        }
    }

    /// The next octets, at most `count` of them; empty at the end.
    func read(upTo count: Int) throws(SpoolFailure) -> ByteBuffer {
        try state.withLock { state throws(SpoolFailure) in
            var buffer = ByteBuffer()
            guard !state.isClosed, state.descriptor >= 0 else { return buffer }
            let (descriptor, place) = (state.descriptor, state.read)
            var result = 0
            repeat {
                buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { storage in
                    result = pread(descriptor, storage.baseAddress, min(count, storage.count), place)
                    return max(0, result)
                }
            } while result < 0 && errno == EINTR
            guard result >= 0 else { throw failure(errno, "reading") }
            state.read += off_t(result)
            return buffer
        }
    }

    /// Gives the file up, behind what is under way.
    func close() {
        state.withLock { state in
            if state.descriptor >= 0 { _ = Glibc.close(state.descriptor) }
            state.descriptor = -1
            state.isClosed = true
        }
    }

    // MARK: The system

    /// O_TMPFILE, which Swift does not import.
    private static let withoutName: CInt = 0o20_000_000 | O_DIRECTORY

    private func open() throws(SpoolFailure) -> CInt {
        let descriptor = Glibc.open(folder, Self.withoutName | O_RDWR | O_CLOEXEC, 0o600 as mode_t)
        if descriptor >= 0 { return descriptor }
        // Not every file system knows files without a name.
        guard errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL else { throw failure(errno, "opening") }
        var name = Array("\(folder)/gatepost-XXXXXX".utf8CString)
        let named = mkstemp(&name)
        guard named >= 0 else { throw failure(errno, "opening") }
        _ = fcntl(named, F_SETFD, FD_CLOEXEC)
        guard unlink(name) == 0 else {
            let code = errno
            _ = Glibc.close(named)
            throw failure(code, "unlinking")
        }
        return named
    }

    private func failure(_ code: CInt, _ what: String) -> SpoolFailure {
        // EFBIG: the limit of the process on the size of files.
        let isFull = code == ENOSPC || code == EDQUOT || code == EFBIG
        return SpoolFailure(
            isFull: isFull, detail: "\(what) a file in the spool \(folder): \(String(cString: strerror(code)))"
        )
    }
}

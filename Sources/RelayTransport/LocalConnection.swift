import Glibc
import NIOCore

/// A connection to an upstream on this machine. The system makes it within the call, though a socket that is not to block
/// is told that it is under way: asked again it says so. That spares the channel a wait for what has happened already.
enum LocalConnection {
    /// A connected socket; nil when it is not connected by now, whatever the reason: then a channel tries, which knows how
    /// to wait and what went wrong.
    static func socket(to address: SocketAddress) -> CInt? {
        address.withSockAddr { address, length in
            let kind = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
            let socket = Glibc.socket(CInt(address.pointee.sa_family), kind, 0)
            guard socket >= 0 else { return nil }
            let size = socklen_t(length)
            if connect(socket, address, size) == 0 { return socket }
            if errno == EINPROGRESS, connect(socket, address, size) == 0 { return socket }
            close(socket)
            return nil
        }
    }
}

import Glibc
import NIOCore

/// A connection to an upstream on the loopback interface, made at once, which spares a channel the wait for what has
/// happened already.
///
/// The surprising thing: the first connect(2) of a socket that does not block says that the connection is under way. The
/// answer has come within the call and is looked at when the call ends; the second one says so.
///
/// Where packets take another way (a firewall that redirects them, a full backlog) the second call knows of nothing yet, and
/// the attempt is given up: the upstream may see a connection that comes and goes. A channel registers a connected
/// socket as something that cannot fail: a system without memory for that (epoll_ctl(2)) ends the worker.
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

import Glibc
import NIOCore

/// A listener that cannot be bound.
public struct ListenFailure: Error, CustomStringConvertible {
    public let listener: String
    public let endpoint: Endpoint
    public let reason: String

    public var description: String {
        "listener `\(listener)` cannot listen on \(endpoint): \(reason)"
    }

    /// Whether another process listens there already.
    ///
    /// Each event loop binds the same port with SO_REUSEPORT, which the system allows another process of this user as
    /// well; an old instance that was forgotten would then get a part of the mail. A socket that asks for the port
    /// alone finds out.
    static func isTaken(_ address: SocketAddress) -> Bool {
        let family = address.protocol == .inet6 ? AF_INET6 : AF_INET
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        return address.withSockAddr { bind(descriptor, $0, socklen_t($1)) != 0 && errno == EADDRINUSE }
    }
}

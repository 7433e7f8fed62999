import Glibc
import NIOCore

/// Sockets that listen, by the names of their listeners: what one process binds and another one may accept from.
///
/// A listener has as many sockets as there are event loops; SO_REUSEPORT spreads connections over the sockets. Two loops
/// accept from each, and whichever is free first does: a connection does not wait for one loop that is busy while another
/// has nothing to do. Were all at one socket, each connection would wake all that sleep. A session stays where it was
/// accepted.
///
/// A socket file cannot be bound twice: it has one socket, also where there are several processes.
public struct ListeningSockets: Sendable {
    public struct Listener: Sendable, Codable {
        public let name: String
        /// File descriptors.
        public var descriptors: [CInt]

        public init(name: String, descriptors: [CInt]) {
            self.name = name
            self.descriptors = descriptors
        }
    }

    public private(set) var listeners: [Listener]

    /// Whether event loops accept from sockets that they have in common. A debug build of NIO takes it for impossible
    /// that a socket has no connection any more because another loop was faster.
    static var areInCommon: Bool {
        #if DEBUG
            false
        #else
            true
        #endif
    }

    /// Which event loops accept from which of a listener's sockets, as places among each.
    static func pairs(sockets: Int, loops: Int, inCommon: Bool = areInCommon) -> [(socket: Int, loop: Int)] {
        (0..<sockets).flatMap { socket in
            (0..<(inCommon ? min(loops, 2) : 1)).map { (socket, (socket + $0) % loops) }
        }
    }

    /// Connections that wait to be accepted, for each socket.
    private static let backlog: CInt = 4096

    /// Sockets that are bound already.
    public init(_ listeners: [Listener]) {
        self.listeners = listeners
    }

    /// Binds `count` sockets for each listener; either all are bound, or none.
    public init(binding listeners: [RelayConfiguration.Listener], count: Int) throws(ListenFailure) {
        self.init([])
        for listener in listeners {
            do throws(SocketFailure) {
                self.listeners.append(
                    Listener(name: listener.name, descriptors: try Self.bind(listener.endpoint, count: max(count, 1)))
                )
            } catch {
                close()
                throw ListenFailure(listener: listener.name, endpoint: listener.endpoint, reason: error.description)
            }
        }
    }

    /// Closes what this process holds of them. As long as another process holds one, connections to it wait.
    public func close() {
        for descriptor in listeners.flatMap(\.descriptors) { Glibc.close(descriptor) }
    }

    public mutating func append(_ others: ListeningSockets) {
        listeners += others.listeners
    }

    /// Whether a program that takes the place of this one has them; what another process starts never does by itself.
    public func stayOpenWhenExecuting(_ stay: Bool) {
        for descriptor in descriptors { _ = fcntl(descriptor, F_SETFD, stay ? 0 : FD_CLOEXEC) }
    }

    /// Every descriptor, each once.
    public var descriptors: [CInt] { listeners.flatMap(\.descriptors) }

    /// The share of one of several processes: sockets that no other one accepts from, but for socket files.
    public func share(_ index: Int, of count: Int) -> ListeningSockets {
        ListeningSockets(
            listeners.map { listener in
                guard listener.descriptors.count > 1 else { return listener }
                let own = listener.descriptors.enumerated().filter { $0.offset % count == index }
                return Listener(name: listener.name, descriptors: own.map(\.element))
            }
        )
    }

    /// The port at which a socket listens; nil when it is none of TCP.
    static func port(of descriptor: CInt) -> Int? {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let isKnown = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) == 0 }
        }
        guard isKnown, [AF_INET, AF_INET6].contains(CInt(storage.ss_family)) else { return nil }
        // The port stands at the same place in both families.
        return withUnsafeBytes(of: &storage) { octets in
            Int(UInt16(bigEndian: octets.loadUnaligned(as: sockaddr_in.self).sin_port))
        }
    }

    // MARK: Binding

    private static func bind(_ endpoint: Endpoint, count: Int) throws(SocketFailure) -> [CInt] {
        switch endpoint {
        case .unixSocket(let path):
            try removeSocketFile(path)
            return [try listening(at: try address(of: endpoint), sharing: false)]
        case .address, .name:
            var address = try address(of: endpoint)
            // The port alone first: a forgotten instance would else take a part of the connections silently.
            if address.port != 0, ListenFailure.isTaken(address) { throw SocketFailure(EADDRINUSE) }
            var descriptors = [try listening(at: address, sharing: true)]
            if address.port == 0 { address.port = port(of: descriptors[0]) }
            while descriptors.count < count {
                do throws(SocketFailure) {
                    descriptors.append(try listening(at: address, sharing: true))
                } catch {
                    for descriptor in descriptors { Glibc.close(descriptor) }
                    throw error
                }
            }
            return descriptors
        }
    }

    private static func address(of endpoint: Endpoint) throws(SocketFailure) -> SocketAddress {
        do {
            if case .name(let host, let port) = endpoint {
                return try SocketAddress.makeAddressResolvingHost(host, port: port)
            }
            if let address = try endpoint.socketAddress() { return address }
        } catch {
            throw SocketFailure(description: SocketErrorText.of(error))
        }
        throw SocketFailure(EADDRNOTAVAIL)
    }

    private static func listening(at address: SocketAddress, sharing: Bool) throws(SocketFailure) -> CInt {
        let family: CInt =
            switch address.protocol {
            case .inet: AF_INET
            case .inet6: AF_INET6
            default: AF_UNIX
            }
        let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(family, kind, 0)
        guard descriptor >= 0 else { throw SocketFailure(errno) }
        if family != AF_UNIX {
            // Accepted sockets inherit TCP_NODELAY.
            set(descriptor, SOL_SOCKET, SO_REUSEADDR)
            set(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY)
            if sharing { set(descriptor, SOL_SOCKET, SO_REUSEPORT) }
            // `[::]` stands for all addresses, those of IPv4 too.
            if family == AF_INET6 { set(descriptor, CInt(IPPROTO_IPV6), IPV6_V6ONLY, to: 0) }
        }
        let isBound = address.withSockAddr { Glibc.bind(descriptor, $0, socklen_t($1)) == 0 }
        guard isBound, listen(descriptor, backlog) == 0 else {
            let failure = SocketFailure(errno)
            Glibc.close(descriptor)
            throw failure
        }
        return descriptor
    }

    private static func set(_ descriptor: CInt, _ level: CInt, _ option: CInt, to value: CInt = 1) {
        var value = value
        setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<CInt>.size))
    }

    /// A socket file that an ended process has left stands in the way.
    private static func removeSocketFile(_ path: String) throws(SocketFailure) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw SocketFailure(EADDRINUSE) }
        unlink(path)
    }
}

/// Why a socket cannot be had.
private struct SocketFailure: Error, CustomStringConvertible {
    let description: String

    init(description: String) {
        self.description = description
    }

    init(_ code: CInt) {
        description = String(cString: strerror(code))
    }
}

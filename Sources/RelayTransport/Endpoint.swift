import NIOCore
import RelayCore
import SMTPProtocol

/// Where a listener listens or an upstream answers: `host:port`, `[v6]:port` or `unix:/path`.
public enum Endpoint: Hashable, Sendable, CustomStringConvertible {
    /// A numeric address.
    case address(IPAddress, port: Int)
    /// A name that is resolved at each connection.
    case name(String, port: Int)
    case unixSocket(path: String)

    public init?(_ text: String) {
        if text.hasPrefix("unix:") {
            let path = text.dropFirst(5)
            guard path.hasPrefix("/"), path.utf8.count < 108 else { return nil }
            self = .unixSocket(path: String(path))
            return
        }
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }), let port = UInt16(digits) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard let address = IPAddress(host), !address.isIPv4 else { return nil }
            self = .address(address, port: Int(port))
        } else if let address = IPAddress(host) {
            guard address.isIPv4 else { return nil }
            self = .address(address, port: Int(port))
        } else {
            guard Domain(host) != nil else { return nil }
            self = .name(String(host), port: Int(port))
        }
    }

    public var description: String {
        switch self {
        case .address(let address, let port): address.isIPv4 ? "\(address):\(port)" : "[\(address)]:\(port)"
        case .name(let name, let port): "\(name):\(port)"
        case .unixSocket(let path): "unix:\(path)"
        }
    }

    /// The socket address, unless a name must be resolved first.
    func socketAddress() throws -> SocketAddress? {
        switch self {
        case .address(let address, let port): try SocketAddress(ipAddress: "\(address)", port: port)
        case .name: nil
        case .unixSocket(let path): try SocketAddress(unixDomainSocketPath: path)
        }
    }

    /// The same place with the port that the system picked.
    func with(port: Int?) -> Endpoint {
        guard let port else { return self }
        return switch self {
        case .address(let address, _): .address(address, port: port)
        case .name(let name, _): .name(name, port: port)
        case .unixSocket: self
        }
    }
}

extension ProxyHeader.Peer {
    /// An end of a TCP connection.
    init?(_ address: SocketAddress?) {
        let identity = ClientIdentity(address)
        guard let address = identity.address, let port = identity.port.flatMap({ UInt16(exactly: $0) }) else {
            return nil
        }
        self.init(address, port)
    }
}

extension ClientIdentity {
    /// Who is at the other end of a channel.
    init(_ address: SocketAddress?) {
        switch address {
        case .v4(let v4):
            let host = UInt32(bigEndian: v4.address.sin_addr.s_addr)
            self.init(address: IPAddress(v4: host), port: Int(UInt16(bigEndian: v4.address.sin_port)))
        case .v6(let v6):
            let (high, low) = withUnsafeBytes(of: v6.address.sin6_addr) { bytes in
                (
                    UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
                    UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
                )
            }
            self.init(
                address: IPAddress(v6High: high, low: low),
                port: Int(UInt16(bigEndian: v6.address.sin6_port))
            )
        case .unixDomainSocket, nil:
            self.init(address: nil)
        }
    }
}

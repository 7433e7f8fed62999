import Glibc
import NIOCore
import RelayCore
import SMTPProtocol

/// The resolver of the system, which knows `/etc/hosts` and whatever else `/etc/nsswitch.conf` names.
public struct SystemNameService: NameService {
    /// More addresses of one name are not looked at.
    private static let mostAddresses = 1000

    public init() {}

    public func name(of address: IPAddress) throws(NameFailure) -> String? {
        guard let socketAddress = try? SocketAddress(ipAddress: "\(address)", port: 0) else { return nil }
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let status = socketAddress.withSockAddr { address, size in
            getnameinfo(address, socklen_t(size), &host, socklen_t(host.count), nil, 0, NI_NAMEREQD)
        }
        guard status == 0 else {
            try Self.throwIfTransient(status)
            return nil
        }
        return String(decoding: host.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    public func addresses(of name: String, like address: IPAddress) throws(NameFailure) -> [IPAddress] {
        var hints = addrinfo()
        hints.ai_family = address.isIPv4 ? AF_INET : AF_INET6
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var first: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(name, nil, &hints, &first)
        defer { if let first { freeaddrinfo(first) } }
        guard status == 0 else {
            try Self.throwIfTransient(status)
            return []
        }
        var addresses: [IPAddress] = []
        var next = first
        while let entry = next, addresses.count < Self.mostAddresses {
            if let address = Self.address(entry.pointee.ai_addr) { addresses.append(address) }
            next = entry.pointee.ai_next
        }
        return addresses
    }

    private static func address(_ socketAddress: UnsafeMutablePointer<sockaddr>?) -> IPAddress? {
        guard let socketAddress else { return nil }
        switch Int32(socketAddress.pointee.sa_family) {
        case AF_INET:
            return socketAddress.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                ClientIdentity(SocketAddress($0.pointee)).address
            }
        case AF_INET6:
            return socketAddress.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                ClientIdentity(SocketAddress($0.pointee)).address
            }
        default:
            return nil
        }
    }

    /// What may be otherwise soon. All else says that there is nothing to be found.
    private static func throwIfTransient(_ status: Int32) throws(NameFailure) {
        if [EAI_AGAIN, EAI_MEMORY, EAI_SYSTEM].contains(status) {
            throw NameFailure(String(cString: gai_strerror(status)))
        }
    }
}

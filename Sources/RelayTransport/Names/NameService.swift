import SMTPProtocol

/// Answers questions to the domain name system, and takes the time that this takes: never to be asked on an event loop.
public protocol NameService: Sendable {
    /// The name that an address points to; nil when there is none.
    func name(of address: IPAddress) throws(NameFailure) -> String?

    /// The addresses of a name of the family, IPv4 or IPv6, of another address.
    func addresses(of name: String, like address: IPAddress) throws(NameFailure) -> [IPAddress]
}

/// No answer for now. That is not to say that there is no name.
public struct NameFailure: Error, Hashable, Sendable {
    public let reason: String

    public init(_ reason: String) {
        self.reason = reason
    }
}

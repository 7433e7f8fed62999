/// An address in brackets in the place of a domain (RFC 5321 section 4.1.3).
public enum AddressLiteral: Hashable, Sendable, CustomStringConvertible {
    case ip(IPAddress)
    /// A literal of a kind that is registered but unknown here: `[tag:content]`.
    case general(tag: String, content: String)

    /// Parses `[192.0.2.1]`, `[IPv6:2001:db8::1]` or `[tag:content]`.
    public init?(_ bracketed: some StringProtocol) {
        guard let literal = bracketed.parsed({ $0.takeAddressLiteral() }) else { return nil }
        self = literal
    }

    public var description: String {
        switch self {
        case .ip(let address): address.isIPv4 ? "[\(address)]" : "[IPv6:\(address)]"
        case .general(let tag, let content): "[\(tag):\(content)]"
        }
    }
}

extension OctetReader {
    /// ```abnf
    /// address-literal         = "[" ( IPv4-address-literal / IPv6-address-literal / General-address-literal ) "]"
    /// IPv6-address-literal    = "IPv6:" IPv6-addr
    /// General-address-literal = Standardized-tag ":" 1*dcontent
    /// dcontent                = %d33-90 / %d94-126
    /// ```
    mutating func takeAddressLiteral() -> AddressLiteral? {
        guard take(UInt8(ascii: "[")) else { return nil }
        let start = self
        if let address = takeIPv4(), take(UInt8(ascii: "]")) { return .ip(address) }
        self = start
        if take(word: "IPV6:") {
            guard let address = takeIPv6(), take(UInt8(ascii: "]")) else { return nil }
            return .ip(address)
        }
        let tag = takeRun { $0.isLetDig || $0 == .hyphen }
        guard !tag.isEmpty, self[tag.upperBound - 1] != .hyphen, take(.colon) else { return nil }
        let content = takeRun { (33...90).contains($0) || (94...126).contains($0) }
        guard !content.isEmpty, take(UInt8(ascii: "]")) else { return nil }
        return .general(tag: text(tag), content: text(content))
    }
}

/// What stands behind the `@` of a mailbox.
public enum MailboxDomain: Hashable, Sendable, CustomStringConvertible {
    case domain(Domain)
    case literal(AddressLiteral)

    public var isASCII: Bool {
        switch self {
        case .domain(let domain): domain.isASCII
        case .literal: true
        }
    }

    public var description: String {
        switch self {
        case .domain(let domain): domain.text
        case .literal(let literal): literal.description
        }
    }
}

/// A mailbox of RFC 5321 section 4.1.2: `Local-part "@" ( Domain / address-literal )`.
public struct Mailbox: Hashable, Sendable, CustomStringConvertible {
    public var localPart: LocalPart
    public var domain: MailboxDomain

    public init(localPart: LocalPart, domain: MailboxDomain) {
        self.localPart = localPart
        self.domain = domain
    }

    /// Parses a mailbox without angle brackets, display name or comments.
    public init?(_ text: some StringProtocol) {
        guard !ControlCharacters.areIn(String(text)), let mailbox = text.parsed({ $0.takeMailbox() }) else {
            return nil
        }
        self = mailbox
    }

    /// Whether it can be written without SMTPUTF8.
    public var isASCII: Bool { localPart.isASCII && domain.isASCII }

    public var description: String { "\(localPart.printed)@\(domain)" }
}

extension OctetReader {
    mutating func takeMailbox() -> Mailbox? {
        guard let localPart = takeLocalPart(), take(.at) else { return nil }
        if next == UInt8(ascii: "[") {
            guard let literal = takeAddressLiteral() else { return nil }
            return Mailbox(localPart: localPart, domain: .literal(literal))
        }
        guard let domain = takeDomain() else { return nil }
        return Mailbox(localPart: localPart, domain: .domain(domain))
    }
}

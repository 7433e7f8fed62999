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
///
/// Paths pass through many hands: copies of one share what it consists of.
public struct Mailbox: Hashable, Sendable, CustomStringConvertible {
    private final class Parts: Sendable {
        let localPart: LocalPart
        let domain: MailboxDomain
        /// As it is printed: that is asked for again and again.
        let text: String

        init(_ localPart: LocalPart, _ domain: MailboxDomain) {
            self.localPart = localPart
            self.domain = domain
            text = localPart.printed + "@" + domain.description
        }
    }

    private let parts: Parts

    public var localPart: LocalPart { parts.localPart }
    public var domain: MailboxDomain { parts.domain }

    public init(localPart: LocalPart, domain: MailboxDomain) {
        parts = Parts(localPart, domain)
    }

    public static func == (one: Mailbox, other: Mailbox) -> Bool {
        one.parts === other.parts || (one.localPart == other.localPart && one.domain == other.domain)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(localPart)
        hasher.combine(domain)
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

    public var description: String { parts.text }
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

/// A recipient in RCPT: a mailbox, or `<postmaster>` without a domain (RFC 5321 section 4.1.1.3).
public enum ForwardPath: Hashable, Sendable, CustomStringConvertible {
    case postmaster
    case mailbox(Mailbox)

    /// Parses a path with its angle brackets or without them. A source route is dropped.
    public init?(_ text: some StringProtocol) {
        guard let path = text.parsedAsPath({ $0.takeForwardPath() }) else { return nil }
        self = path
    }

    public var mailbox: Mailbox? {
        switch self {
        case .postmaster: nil
        case .mailbox(let mailbox): mailbox
        }
    }

    /// Whether it can be written without SMTPUTF8.
    public var isASCII: Bool { mailbox?.isASCII ?? true }

    public var description: String {
        switch self {
        case .postmaster: "<postmaster>"
        case .mailbox(let mailbox): "<" + mailbox.description + ">"
        }
    }
}

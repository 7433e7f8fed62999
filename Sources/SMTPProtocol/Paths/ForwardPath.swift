/// A recipient in RCPT: a mailbox, or `<postmaster>` without a domain (RFC 5321 section 4.1.1.3).
public enum ForwardPath: Hashable, Sendable, CustomStringConvertible {
    case postmaster
    case mailbox(Mailbox)

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
        case .mailbox(let mailbox): "<\(mailbox)>"
        }
    }
}

/// The sender in MAIL: the mailbox that hears of failures, or the null path `<>` of a notification, which none hears of.
public enum ReversePath: Hashable, Sendable, CustomStringConvertible {
    case null
    case mailbox(Mailbox)

    /// Parses a path with its angle brackets or without them; the null path is `<>`. A source route is dropped.
    public init?(_ text: some StringProtocol) {
        guard let path = text.parsedAsPath({ $0.takeReversePath() }) else { return nil }
        self = path
    }

    public var mailbox: Mailbox? {
        switch self {
        case .null: nil
        case .mailbox(let mailbox): mailbox
        }
    }

    /// Whether it can be written without SMTPUTF8.
    public var isASCII: Bool { mailbox?.isASCII ?? true }

    public var description: String {
        switch self {
        case .null: "<>"
        case .mailbox(let mailbox): "<" + mailbox.description + ">"
        }
    }
}

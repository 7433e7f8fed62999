/// A checkpoint of the session at which rules run.
///
/// The stages of a transaction follow each other in the order of the cases. `command` stands apart: it is reached once
/// for every single command (VRFY, EXPN, ETRN, HELP, NOOP …), at any time after the greeting, and knows of the session
/// what `connect` and `helo` know.
public enum Stage: Int, CaseIterable, Hashable, Sendable, CustomStringConvertible {
    /// The client is connected and awaits its greeting.
    case connect
    /// HELO or EHLO was received.
    case helo
    /// A single command was received.
    case command
    /// MAIL was received.
    case mail
    /// RCPT was received; reached once for each recipient.
    case recipient
    /// The header section is complete, the body is still to come.
    case header
    /// End-of-data was received.
    case message

    /// The name of the stage in policies and in what is printed.
    public var name: String {
        switch self {
        case .connect: "connect"
        case .helo: "helo"
        case .command: "command"
        case .mail: "mail"
        case .recipient: "recipient"
        case .header: "header"
        case .message: "message"
        }
    }

    public init?(name: String) {
        guard let stage = Stage.allCases.first(where: { $0.name == name }) else { return nil }
        self = stage
    }

    public var description: String { name }
}

extension Stage: Comparable {
    public static func < (left: Stage, right: Stage) -> Bool { left.rawValue < right.rawValue }
}

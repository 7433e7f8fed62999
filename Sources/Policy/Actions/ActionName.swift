/// An action as policies name it, with what is known of it before any mail comes.
enum ActionName: String, CaseIterable, Hashable, Sendable {
    case accept
    case reject
    case `defer`
    case disconnect
    case reply
    case hide
    case addHeader = "add-header"
    case setHeader = "set-header"
    case removeHeader = "remove-header"
    case rewriteHeader = "rewrite-header"
    case prefixSubject = "prefix-subject"
    case tag
    case log

    /// Names that the policy language has and this version does not carry out.
    static let notAvailable: Set<String> = [
        "discard", "require-tls", "require-auth", "set-sender", "rewrite-sender", "set-recipient",
        "rewrite-recipient", "add-recipient", "drop-recipient", "route", "downgrade", "delay",
    ]

    /// Whether the action ends its stage.
    var isTerminal: Bool {
        switch self {
        case .accept, .reject, .defer, .disconnect, .reply: true
        case .hide, .addHeader, .setHeader, .removeHeader, .rewriteHeader, .prefixSubject, .tag, .log: false
        }
    }

    /// Whether the action keeps something from being passed on, so that it must not be skipped in doubt.
    var isRefusal: Bool {
        switch self {
        case .reject, .defer, .disconnect, .reply: true
        default: false
        }
    }

    /// Whether the action changes the header section.
    var editsHeader: Bool {
        switch self {
        case .addHeader, .setHeader, .removeHeader, .rewriteHeader, .prefixSubject: true
        default: false
        }
    }

    /// The stages at which the action means something, the earliest first.
    var stages: [Stage] {
        if editsHeader { return [.header, .message] }
        return switch self {
        case .reply: [.command]
        case .hide: [.helo]
        default: Stage.allCases
        }
    }
}

/// An action as policies name it, with what is known of it before any mail comes.
enum ActionName: String, CaseIterable, Hashable, Sendable {
    case accept
    case reject
    case `defer`
    case disconnect
    case reply
    case discard
    case requireTLS = "require-tls"
    case requireAuth = "require-auth"
    case hide
    case addHeader = "add-header"
    case setHeader = "set-header"
    case removeHeader = "remove-header"
    case rewriteHeader = "rewrite-header"
    case prefixSubject = "prefix-subject"
    case downgrade
    case stripAttachment = "strip-attachment"
    case appendText = "append-text"
    case setSender = "set-sender"
    case rewriteSender = "rewrite-sender"
    case setRecipient = "set-recipient"
    case rewriteRecipient = "rewrite-recipient"
    case addRecipient = "add-recipient"
    case dropRecipient = "drop-recipient"
    case delay
    case tag
    case log

    /// Names that the policy language has and this version does not carry out.
    static let notAvailable: Set<String> = ["route"]

    /// Whether the action ends its stage.
    var isTerminal: Bool {
        switch self {
        case .accept, .reject, .defer, .disconnect, .reply, .discard: true
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
        case .requireTLS, .requireAuth, .setSender, .rewriteSender: [.mail]
        case .setRecipient, .rewriteRecipient, .dropRecipient: [.recipient]
        case .addRecipient: [.mail, .recipient]
        case .discard: [.mail, .recipient, .header, .message]
        case .downgrade: [.header, .message]
        case .stripAttachment, .appendText: [.message]
        default: Stage.allCases
        }
    }
}

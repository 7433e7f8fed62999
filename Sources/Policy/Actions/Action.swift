import MailMessage
import Patterns

/// What a rule does when it holds, compiled.
enum Action: Sendable {
    case accept
    case refuse(ReplyTemplate)
    case disconnect(ReplyTemplate)
    case reply(ReplyTemplate)
    case hide([String])
    case addHeader(name: String, TextTemplate)
    case setHeader(name: String, TextTemplate)
    /// Removes the fields of a name: all, or those in whose value the pattern is found.
    case removeHeader(name: String, matching: Pattern?)
    case rewriteHeader(name: String, Pattern, Replacement)
    /// Removes the fields, of any name, in which the pattern is found.
    case removeField(Pattern)
    /// Puts another field in the place of those, of any name, in which the pattern is found.
    case replaceField(Pattern, Replacement)
    case prefixSubject(TextTemplate)
    /// Makes the message one of 7 bits.
    case downgrade(breakingSignatures: Bool)
    case stripAttachment(AttachmentSelection)
    case appendText(FooterText)
    case envelope(EnvelopeEdit)
    case discard
    case delay(Duration)
    /// Refuses as long as the client has not done what the requirement names.
    case require(Requirement)
    case tag(String)
    case log(TextTemplate)

    var editsHeader: Bool {
        switch self {
        case .addHeader, .setHeader, .removeHeader, .rewriteHeader, .removeField, .replaceField, .prefixSubject: true
        case .accept, .refuse, .disconnect, .reply, .hide, .downgrade, .stripAttachment, .appendText, .envelope,
            .discard, .delay, .require, .tag, .log:
            false
        }
    }

    /// What the content must be scanned for, so that the action can change it; nil for one that leaves it.
    var contentInterests: MIMEScanner.Interests? {
        switch self {
        case .downgrade, .appendText: .encodings
        case .stripAttachment: .sizes
        default: nil
        }
    }

    /// Whether rules that are tried later may see another value of an attribute because of the action.
    var changesWhatIsRead: Bool {
        switch self {
        case .tag, .addHeader, .setHeader, .removeHeader, .rewriteHeader, .removeField, .replaceField, .prefixSubject,
            .envelope:
            true
        case .accept, .refuse, .disconnect, .reply, .hide, .downgrade, .stripAttachment, .appendText, .discard,
            .require, .delay, .log:
            false
        }
    }

    /// Whether the action decides if, or to whom, something is passed on: it must not be skipped in doubt.
    var failsClosed: Bool {
        switch self {
        case .refuse, .disconnect, .reply, .envelope, .discard, .require, .stripAttachment: true
        case .accept, .hide, .addHeader, .setHeader, .removeHeader, .rewriteHeader, .removeField, .replaceField,
            .prefixSubject, .downgrade, .appendText, .delay, .tag, .log:
            false
        }
    }

    /// The attributes that stand in the texts of the action.
    var attributes: [Attribute] {
        switch self {
        case .refuse(let reply), .disconnect(let reply), .reply(let reply): reply.text.attributes
        case .addHeader(_, let text), .setHeader(_, let text), .prefixSubject(let text), .log(let text):
            text.attributes
        case .rewriteHeader(_, _, let replacement), .replaceField(_, let replacement): replacement.attributes
        case .envelope(let edit): edit.attributes
        case .stripAttachment(let selection): selection.text?.attributes ?? []
        case .appendText(let footer): footer.text.attributes + (footer.html?.attributes ?? [])
        case .accept, .hide, .removeHeader, .removeField, .downgrade, .discard, .delay, .require, .tag: []
        }
    }
}

/// What a client must have done before MAIL is taken.
enum Requirement: Hashable, Sendable {
    case tls
    case authentication
}

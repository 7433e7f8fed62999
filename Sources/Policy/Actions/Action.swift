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
    case tag(String)
    case log(TextTemplate)

    var editsHeader: Bool {
        switch self {
        case .addHeader, .setHeader, .removeHeader, .rewriteHeader, .removeField, .replaceField, .prefixSubject: true
        case .accept, .refuse, .disconnect, .reply, .hide, .tag, .log: false
        }
    }

    var isRefusal: Bool {
        switch self {
        case .refuse, .disconnect, .reply: true
        default: false
        }
    }

    /// The attributes that stand in the texts of the action.
    var attributes: [Attribute] {
        switch self {
        case .refuse(let reply), .disconnect(let reply), .reply(let reply): reply.text.attributes
        case .addHeader(_, let text), .setHeader(_, let text), .prefixSubject(let text), .log(let text):
            text.attributes
        case .rewriteHeader(_, _, let replacement), .replaceField(_, let replacement): replacement.attributes
        case .accept, .hide, .removeHeader, .removeField, .tag: []
        }
    }
}

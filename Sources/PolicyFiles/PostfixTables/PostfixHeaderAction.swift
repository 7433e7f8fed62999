import MailMessage
import Policy

/// What an entry of header_checks(5) does, in the terms of a policy.
enum PostfixHeaderAction: Sendable {
    case refuse(PostfixReply)
    /// The message is taken and passed on to nobody.
    case discard(log: String)
    case log(String)
    case remove(log: String?)
    case replace(PostfixText)
    case prepend(name: String, value: PostfixText)
    /// The field is left alone, and entries below do not see it.
    case leave
    /// What a policy cannot do, and why.
    case unsupported(String)

    /// Whether the message is not looked at any further.
    var endsMessage: Bool {
        switch self {
        case .refuse, .discard: true
        case .log, .remove, .replace, .prepend, .leave, .unsupported: false
        }
    }

    /// Rules that look come before those that change what is looked at: 0 for the first, 3 for the last.
    var pass: Int {
        switch self {
        case .refuse, .discard, .log, .leave, .unsupported: 0
        case .remove: 1
        case .replace: 2
        case .prepend: 3
        }
    }

    /// The field that it writes.
    var written: PostfixWrittenField? {
        switch self {
        case .replace(let text): PostfixWrittenField(text)
        case .prepend(let name, let value): PostfixWrittenField(PostfixText([.literal("\(name): ")] + value.segments))
        case .refuse, .discard, .log, .remove, .leave, .unsupported: nil
        }
    }

    init(_ entry: PostfixPatternEntry) {
        guard let (word, text) = entry.result.splittingFirstWord() else {
            self = .unsupported("the name of the action comes from a group of the pattern")
            return
        }
        let found = entry.patterns[0].isNegated ? "a header field" : "{match.0}"
        let logged = text.isEmpty ? found : text.template
        switch word.uppercased() {
        case "REJECT":
            self = .refuse(PostfixReply(headerChecks: text))
        case "DISCARD": self = .discard(log: "discard: \(logged)")
        case "WARN": self = .log("warning: \(logged)")
        case "INFO": self = .log("info: \(logged)")
        case "IGNORE": self = .remove(log: nil)
        case "STRIP": self = .remove(log: "strip: \(logged)")
        case "DUNNO", "OK": self = .leave
        case "REPLACE": self = Self.replacement(text)
        case "PREPEND": self = Self.prepended(text)
        case let word: self = Self.other(word, text)
        }
    }

    private static func other(_ word: String, _ text: PostfixText) -> PostfixHeaderAction {
        if let reason = PostfixUnsupported.reason(for: word) { return .unsupported(reason) }
        if let code = Int(word), word.utf8.count == 3, (400...599).contains(code) {
            return .refuse(PostfixReply(headerChecks: text, code: code))
        }
        return .unsupported("`\(word)` is no action of header_checks(5)")
    }

    private static func replacement(_ text: PostfixText) -> PostfixHeaderAction {
        if let literal = text.literal, !isField(PostfixText([.literal(literal)])) {
            return .unsupported("what stands behind REPLACE is no header field")
        }
        return text.isEmpty ? .unsupported("REPLACE without a header field") : .replace(text)
    }

    private static func prepended(_ text: PostfixText) -> PostfixHeaderAction {
        guard isField(text), let (name, value) = text.splittingFieldName() else {
            return .unsupported("what stands behind PREPEND does not begin with the name of a header field")
        }
        return .prepend(name: name, value: value)
    }

    private static func isField(_ text: PostfixText) -> Bool {
        text.splittingFieldName().map { HeaderName.isValid($0.name) } ?? false
    }
}

/// Actions of Postfix that a policy cannot carry out.
enum PostfixUnsupported {
    static func reason(for action: String) -> String? {
        switch action {
        case "HOLD", "DELAY": "Gatepost keeps no queue that mail could wait in"
        case "FILTER": "Gatepost hands mail to its upstream alone; a filter belongs behind it"
        case "PASS": "a rule cannot end the inspection of a message for other policies"
        case "BCC": "a recipient cannot be added once the message is read"
        case "REDIRECT": "recipients cannot be changed once the message is read"
        default: nil
        }
    }
}

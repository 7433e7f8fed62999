import Patterns
import SMTPProtocol

/// A path of the envelope that rules may give.
protocol EnvelopePath: Hashable, Sendable, CustomStringConvertible {
    /// What the path is called in policies.
    static var name: String { get }
    /// What a text for such a path looks like, for diagnostics.
    static var form: String { get }
    /// Parses the path with its angle brackets or without them.
    init?(_ text: String)
    /// Whether it can be written without SMTPUTF8.
    var isASCII: Bool { get }
}

extension ReversePath: EnvelopePath {
    static let name = "sender"
    static let form = "an address such as `user@example.com`, or `<>`"
}

extension ForwardPath: EnvelopePath {
    static let name = "recipient"
    static let form = "an address such as `user@example.com`"
}

/// The path that a rule gives: fixed when the policy is loaded, or with places that are filled in when the rule acts.
enum PathTemplate<Path: EnvelopePath>: Hashable, Sendable {
    case fixed(Path)
    /// The whole path is one text.
    case whole(TextTemplate)
    /// The texts before the last `@` and behind it. What fills the local part is quoted where it must be, so that it
    /// never reaches into the domain.
    case mailbox(localPart: TextTemplate, domain: TextTemplate)

    /// The attributes that stand in the path.
    var attributes: [Attribute] {
        switch self {
        case .fixed: []
        case .whole(let text): text.attributes
        case .mailbox(let localPart, let domain): localPart.attributes + domain.attributes
        }
    }

    /// The path with its places filled in; a failure when that is no path that the message can have.
    func render(
        _ reader: inout AttributeReader,
        _ facts: Facts,
        match: PatternMatch?
    ) throws(EvaluationFailure) -> Path {
        switch self {
        case .fixed(let path):
            return try path.fitting(facts)
        case .whole(let text):
            return try Path.parse(text.render(&reader, facts, match: match, clean: { $0 }), facts)
        case .mailbox(let localPart, let domain):
            let local = localPart.render(&reader, facts, match: match, clean: { $0 })
            let printed = local.isEmpty ? nil : LocalPart(local)?.printed
            let host = domain.render(&reader, facts, match: match, clean: { $0 })
            return try Path.parse("\(printed ?? "")@\(host)", facts)
        }
    }
}

extension EnvelopePath {
    /// The path that a rule has made; a failure when the text is none, or none that the message can have.
    static func parse(_ text: String, _ facts: Facts) throws(EvaluationFailure) -> Self {
        guard let path = Self(text) else { throw EvaluationFailure(invalid: name, text) }
        return try path.fitting(facts)
    }

    /// A path that is not ASCII goes with a message that was declared with SMTPUTF8 alone [RFC 6531, 3.4].
    fileprivate func fitting(_ facts: Facts) throws(EvaluationFailure) -> Self {
        guard isASCII || facts.mailParameters["SMTPUTF8"] != nil else {
            throw EvaluationFailure(international: Self.name, description)
        }
        return self
    }
}

import Patterns
import SMTPProtocol

/// An edit of the envelope; each sees the result of those before it.
///
/// What it makes is checked as a path: a path that is not valid, or that the message cannot have, is a failure and goes
/// nowhere.
enum EnvelopeEdit: Sendable {
    case setSender(PathTemplate<ReversePath>)
    /// Leaves the null reverse-path as it is: a notification stays one [RFC 5321, 4.5.5].
    case rewriteSender(PathRewrite)
    case setRecipient(PathTemplate<ForwardPath>)
    case rewriteRecipient(PathRewrite)
    case addRecipient(PathTemplate<ForwardPath>)
    case dropRecipient

    /// The attributes that stand in the texts of the edit.
    var attributes: [Attribute] {
        switch self {
        case .setSender(let path): path.attributes
        case .setRecipient(let path), .addRecipient(let path): path.attributes
        case .rewriteSender(let rewrite), .rewriteRecipient(let rewrite): rewrite.replacement.attributes
        case .dropRecipient: []
        }
    }

    /// Changes the envelope that the reader shows to the rules behind.
    func carryOut(_ reader: inout AttributeReader, _ facts: Facts, match: PatternMatch?) throws(EvaluationFailure) {
        switch self {
        case .setSender(let path):
            reader.envelope.sender = try path.render(&reader, facts, match: match)
        case .rewriteSender(let rewrite):
            guard let sender = reader.sender(facts), let mailbox = sender.mailbox else { return }
            if let path: ReversePath = try rewrite.apply(to: mailbox.description, &reader, facts, match: match) {
                reader.envelope.sender = path
            }
        case .setRecipient(let path):
            reader.envelope.recipient = try path.render(&reader, facts, match: match)
        case .rewriteRecipient(let rewrite):
            guard let recipient = reader.recipient(facts) else { return }
            let text = recipient.mailbox?.description ?? "postmaster"
            if let path: ForwardPath = try rewrite.apply(to: text, &reader, facts, match: match) {
                reader.envelope.recipient = path
            }
        case .addRecipient(let path):
            reader.envelope.add(try path.render(&reader, facts, match: match))
        case .dropRecipient:
            reader.envelope.dropsRecipient = true
        }
    }

    /// What the edit does, for the log and for `explain`.
    func effect(_ reader: inout AttributeReader, _ facts: Facts, match: PatternMatch?) -> String {
        var preview = reader
        do throws(EvaluationFailure) {
            try carryOut(&preview, facts, match: match)
        } catch {
            return "\(name.rawValue): \(error)"
        }
        switch self {
        case .setSender, .rewriteSender:
            return "\(name.rawValue) \(preview.sender(facts)?.description ?? "")"
        case .setRecipient, .rewriteRecipient:
            return "\(name.rawValue) \(preview.recipient(facts)?.description ?? "")"
        case .addRecipient:
            return "\(name.rawValue) \(preview.envelope.added.last?.description ?? "")"
        case .dropRecipient:
            return name.rawValue
        }
    }

    private var name: ActionName {
        switch self {
        case .setSender: .setSender
        case .rewriteSender: .rewriteSender
        case .setRecipient: .setRecipient
        case .rewriteRecipient: .rewriteRecipient
        case .addRecipient: .addRecipient
        case .dropRecipient: .dropRecipient
        }
    }
}

/// Replaces what a pattern finds in an address, written without angle brackets.
struct PathRewrite: Sendable {
    var pattern: Pattern
    var replacement: Replacement

    /// The new path; nil when the pattern is not found, or changes nothing.
    func apply<Path: EnvelopePath>(
        to address: String,
        _ reader: inout AttributeReader,
        _ facts: Facts,
        match: PatternMatch?
    ) throws(EvaluationFailure) -> Path? {
        let resolved = replacement.resolve(&reader, facts, match: match, clean: { $0 })
        let text = try pattern.replace(in: address) { resolved.text(for: $0) }
        guard let text, text != address else { return nil }
        return try Path.parse(text, facts)
    }
}

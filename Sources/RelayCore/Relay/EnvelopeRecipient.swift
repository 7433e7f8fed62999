import Policy
import SMTPProtocol

/// A recipient whose RCPT the client has given and that is not answered yet.
///
/// A class, as its transaction is: looking at it copies one reference.
final class AwaitedRecipient {
    enum Progress: Sendable {
        /// Waits for its additions, or behind one that does.
        case held
        /// RCPT went upstream.
        case asked
        /// Has the path of one that was asked before, and the same parameters: it shares that one's answer.
        case shared
        /// Has its answer, which waits for those before it.
        case answered(Reply)
    }

    /// As the client gave it.
    let given: ForwardPath
    /// As it goes upstream; nil for one that a rule takes out of the envelope.
    let path: ForwardPath?
    let parameters: ESMTPParameters
    /// Recipients that the upstream must have accepted before it hears of this one.
    let additions: [ForwardPath]
    /// The rule that discards it.
    let discardedBy: RuleReference?
    var progress = Progress.held

    init(
        given: ForwardPath,
        path: ForwardPath?,
        parameters: ESMTPParameters,
        additions: [ForwardPath] = [],
        discardedBy: RuleReference? = nil
    ) {
        self.given = given
        self.path = path
        self.parameters = parameters
        self.additions = additions
        self.discardedBy = discardedBy
    }

    var isHeld: Bool {
        if case .held = progress { true } else { false }
    }

    var isAsked: Bool {
        if case .asked = progress { true } else { false }
    }

    var isEdited: Bool { path != given }

    /// What a rule made of it, for the record, once it is accepted.
    var edit: TransactionRecord.RecipientEdit? {
        if let discardedBy { return .discarded(given, discardedBy) }
        guard let path else { return .dropped(given) }
        return isEdited ? .replaced(given, by: path) : nil
    }
}

/// A recipient that the upstream has accepted.
struct AcceptedRecipient: Sendable {
    let path: ForwardPath
    let parameters: ESMTPParameters
    /// The path is a rule's, not the client's.
    let isEdited: Bool
}

/// What a reply of the upstream's to RCPT answers.
enum AskedRecipient: Sendable {
    /// The first of the client's recipients that were asked.
    case clients
    /// One that a rule adds.
    case addition(ForwardPath, ESMTPParameters)
}

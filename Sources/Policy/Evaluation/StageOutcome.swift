import MailMessage
import SMTPProtocol

/// What the rules of one stage decided and did.
///
/// A class, so that handing it on copies one reference and not all that it holds.
///
/// Sendable without checks: nobody but those rules changes it, and before anybody else has it.
public final class StageOutcome: @unchecked Sendable {
    public enum Decision: Hashable, Sendable {
        /// No rule decided: what happens is up to the upstream.
        case none
        /// A rule ended the stage without an objection.
        case accept(RuleReference)
        /// `reject` (5yz) or `defer` (4yz): the peer hears the reply and the session goes on.
        case refuse(Reply, RuleReference)
        /// The peer hears the reply, 421, and the session ends.
        case disconnect(Reply, RuleReference)
        /// The answer to a single command, which is not passed on.
        case answer(Reply, RuleReference)
        /// The peer hears 250 and nothing is passed on; at `recipient` that concerns the recipient alone.
        case discard(RuleReference)

        /// The reply that the peer hears, when a rule gave one.
        public var reply: Reply? {
            switch self {
            case .none, .accept, .discard: nil
            case .refuse(let reply, _), .disconnect(let reply, _), .answer(let reply, _): reply
            }
        }

        /// The rule that decided.
        public var rule: RuleReference? {
            switch self {
            case .none: nil
            case .accept(let rule), .discard(let rule): rule
            case .refuse(_, let rule), .disconnect(_, let rule), .answer(_, let rule): rule
            }
        }
    }

    public internal(set) var decision: Decision = .none
    /// The EHLO keywords that this client is not offered, upper-cased; at `helo`.
    public internal(set) var hiddenKeywords: [String] = []
    /// The header section with the edits of this stage; nil when nothing changed.
    public internal(set) var header: HeaderSection?
    /// What this stage changes in the content, once all of it has come.
    public internal(set) var content = ContentEdits()
    /// What this stage changed in the envelope; to be left aside when it decided against what it judged.
    public internal(set) var envelope = EnvelopeChanges()
    /// How long the peer waits before it is answered, at most two minutes.
    public internal(set) var delay = Duration.zero
    /// The tags that this stage set, in order.
    public internal(set) var tags: [String] = []
    /// The rules that held, in order, those in monitor mode among them.
    public internal(set) var fired: [RuleReference] = []
    /// What rules asked to be logged, and what rules in monitor mode would have done; free of control characters.
    public internal(set) var logLines: [String] = []
    /// What could not be evaluated, for the log.
    public internal(set) var failures: [PolicyFailure] = []

    public init() {}
}

import MailMessage
import NIOCore
import Policy
import SMTPProtocol

/// What became of a simulated transaction.
public struct SimulatedOutcome: Sendable {
    /// The judgement of one stage.
    public struct Step: Sendable {
        public var stage: Stage
        /// The recipient that was judged, at `recipient`.
        public var recipient: ForwardPath?
        public var outcome: StageOutcome
        public var trace: EvaluationTrace
    }

    public enum Verdict: String, CaseIterable, Hashable, Sendable {
        /// Passed on to the upstream.
        case accept
        /// Refused for good, 5yz.
        case reject
        /// Refused for now, 4yz.
        case `defer`
        /// Refused, 421, and the session ended.
        case disconnect
        /// A single command that was answered here.
        case reply
        /// Answered 250, and nothing passed on.
        case discard
    }

    public struct Refusal: Hashable, Sendable {
        public var recipient: ForwardPath
        public var reply: Reply
    }

    public var steps: [Step] = []
    public var verdict: Verdict = .accept
    /// The stage that decided, and the rule and reply by which it did; nil for what is passed on undecided.
    public var stage: Stage?
    public var rule: RuleReference?
    public var reply: Reply?
    /// The sender as it is passed on, once `mail` was reached.
    public var sender: ReversePath?
    /// The recipients as they are passed on, in the order in which the upstream hears of them.
    public var acceptedRecipients: [ForwardPath] = []
    public var refusedRecipients: [Refusal] = []
    /// The recipients, as the client gave them, that are answered 250 and not passed on.
    public var discardedRecipients: [ForwardPath] = []
    /// How long rules let the client wait, all in all.
    public var delay = Duration.zero
    /// The tags at the end, those given at the start among them.
    public var tags: Set<String> = []
    public var hiddenKeywords: [String] = []
    /// The header section with all edits, once `header` was reached.
    public var header: HeaderSection?
    /// The parts of the message as it came, once `message` was reached.
    public var structure: MIMEStructure?
    /// What of the content was not changed as rules asked, and why.
    public var contentRemarks: [String] = []
    /// The message as it came and as it is passed on; nil when `header` was not reached.
    public var received: ByteBuffer?
    public var passedOn: ByteBuffer?

    /// The rules that held, each once, in the order in which they first did.
    public var fired: [RuleReference] {
        steps.flatMap(\.outcome.fired).reduce(into: []) { fired, rule in
            if !fired.contains(rule) { fired.append(rule) }
        }
    }

    public var logLines: [String] { steps.flatMap(\.outcome.logLines) + contentRemarks }

    /// The parts of the message as it is passed on.
    public var passedOnStructure: MIMEStructure? {
        passedOn.map { octets in
            let parts = SimulatedMessage(octets: octets).parts()
            return SimulatedMessage.structure(parts.header, parts.rest)
        }
    }
    public var failures: [String] { steps.flatMap(\.outcome.failures).map(\.description) }
}

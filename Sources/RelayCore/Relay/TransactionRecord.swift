import Policy
import SMTPProtocol

/// The story of one transaction, or of a refusal outside one: one line of the log.
///
/// A class, so that handing it on copies one reference and not all that it holds.
///
/// Sendable without checks: the session that has made it changes it before anybody else has it, and nobody behind that.
public final class TransactionRecord: @unchecked Sendable {
    /// How it ended.
    public enum Verdict: String, Sendable {
        /// The upstream took the message.
        case accepted
        /// Refused with 5yz, by the proxy, a rule or the upstream.
        case rejected
        /// Refused with 4yz.
        case deferred
        /// The client gave up or went away.
        case abandoned
        /// The end of the message went upstream and no reply came, or one that may belong to something else: the message may
        /// have been taken.
        case ambiguous
        /// A rule has ended it: the client heard 250, and nothing was passed on.
        case discarded
    }

    /// Whose decision it was.
    public enum Source: String, Sendable {
        case upstream
        case policy
        case proxy
        case client
    }

    /// A recipient that was not accepted.
    public struct RefusedRecipient: Sendable {
        public let recipient: ForwardPath
        public let reply: Reply
        public let rule: RuleReference?
    }

    /// What a rule made of a recipient that was accepted.
    public enum RecipientEdit: Hashable, Sendable {
        case replaced(ForwardPath, by: ForwardPath)
        case added(ForwardPath)
        /// Its path is one that the upstream has accepted already; it was not said twice.
        case merged(ForwardPath, with: ForwardPath)
        /// The client heard 250, and nothing was passed on.
        case dropped(ForwardPath)
        case discarded(ForwardPath, RuleReference)
    }

    /// Recipients named in a record; the counts are of all.
    public static let namedRecipients = 20

    public internal(set) var session: String
    /// Nil outside a transaction.
    public internal(set) var transaction: String?
    public internal(set) var listener: String
    public internal(set) var client: ClientIdentity
    /// The proxy that has said who the client is.
    public internal(set) var proxy: ClientIdentity?
    /// How the client's connection is encrypted.
    public internal(set) var encryption: EncryptionFacts?
    /// Who the client has logged in as.
    public internal(set) var authentication: AuthenticationFacts?
    public internal(set) var helo: HeloArgument?
    public internal(set) var stage: Stage
    public internal(set) var verdict: Verdict
    public internal(set) var source: Source
    /// As the client gave it.
    public internal(set) var sender: ReversePath?
    /// As it went upstream, where a rule has changed it.
    public internal(set) var sentSender: ReversePath?
    /// As they went upstream and were accepted.
    public internal(set) var recipients: [ForwardPath] = []
    public internal(set) var recipientCount = 0
    public internal(set) var refused: [RefusedRecipient] = []
    public internal(set) var refusedCount = 0
    public internal(set) var edits: [RecipientEdit] = []
    public internal(set) var editCount = 0
    /// What rules let the client wait.
    public internal(set) var delay = Nanoseconds(0)
    /// Of the message as the client sent it, unstuffed.
    public internal(set) var octets: Int?
    /// Octets of it that were written to the spool.
    public internal(set) var spooled = 0
    /// What was asked, at stage `command`.
    public internal(set) var command: String?
    public internal(set) var rules: [RuleReference] = []
    public internal(set) var tags: [String] = []
    public internal(set) var reply: Reply?
    public internal(set) var upstream: String?
    /// How the connection to the upstream is encrypted.
    public internal(set) var upstreamEncryption: EncryptionFacts?
    public internal(set) var detail: String?
    /// From MAIL to the last reply.
    public internal(set) var duration: Nanoseconds

    init(of session: borrowing RelaySession, stage: Stage, verdict: Verdict, source: Source, now: Moment) {
        self.session = session.identifier
        self.listener = session.settings.listener
        self.client = session.clientIdentity
        proxy = session.proxyIdentity
        encryption = session.facts.encryption
        authentication = session.facts.authentication
        upstreamEncryption = session.client.encryption
        self.helo = session.facts.helo
        self.stage = stage
        self.verdict = verdict
        self.source = source
        let began = session.transaction?.began ?? session.began
        duration = Nanoseconds(now.nanoseconds &- began.nanoseconds)
        upstream = session.upstreamServer
        tags = session.facts.tags.isEmpty ? [] : session.facts.tags.sorted()
        guard let transaction = session.transaction else { return }
        self.transaction = transaction.identifier
        sender = transaction.sender
        if transaction.sentSender != transaction.sender { sentSender = transaction.sentSender }
        recipients = transaction.recipients.prefix(Self.namedRecipients).map(\.path)
        recipientCount = transaction.recipients.count
        refused = transaction.refused
        refusedCount = transaction.refusedCount
        edits = transaction.edits
        editCount = transaction.editCount
        delay = transaction.delay
        rules = transaction.fired
        octets = transaction.octets
        spooled = transaction.spooled
    }
}

/// The envelope that a client is building, and what became of it so far.
///
/// A class, so that looking at it copies one reference and not all that it holds.
///
/// Sendable without checks: it belongs to one session, which is handed on whole or not at all.
final class Transaction: @unchecked Sendable {
    let identifier: String
    let began: Moment
    let sender: ReversePath
    let parameters: ESMTPParameters
    /// The sender as it goes upstream.
    var sentSender: ReversePath
    /// Accepted by the upstream.
    var recipients: [AcceptedRecipient] = []
    /// The path of one that the upstream has heard of is a rule's.
    var hasEditedPaths = false
    /// Of the client's, not answered yet. In order.
    var awaited: [AwaitedRecipient] = []
    /// What the replies to RCPT answer that are to come.
    var asked: [AskedRecipient] = []
    /// What rules add whoever the recipients are.
    var dueAdditions: [ForwardPath] = []
    var refusedAdditions: Set<ForwardPath> = []
    /// Recipients that the client was told are accepted, and that nothing is passed on to.
    var takenOutCount = 0
    /// The rule that has discarded the transaction, or one of its recipients.
    var discardedBy: RuleReference?
    /// Nothing of the transaction goes upstream.
    var isDiscarded = false
    var edits: [TransactionRecord.RecipientEdit] = []
    var editCount = 0
    var delay = Nanoseconds(0)
    var refused: [TransactionRecord.RefusedRecipient] = []
    var refusedCount = 0
    var fired: [RuleReference] = []
    var octets: Int?
    var spooled = 0
    /// The reply to whatever would need the upstream, after it was lost.
    var trouble: Reply?
    /// MAIL was sent upstream: it must hear RSET when the transaction is given up.
    var isKnownUpstream = false
    var isAccepted = false
    /// MAIL was refused upstream, and that is on record; only the answers to the recipients behind it are awaited.
    var isRefused = false

    init(identifier: String, began: Moment, sender: ReversePath, parameters: ESMTPParameters) {
        self.identifier = identifier
        self.began = began
        self.sender = sender
        self.parameters = parameters
        sentSender = sender
    }

    func note(_ edit: TransactionRecord.RecipientEdit) {
        editCount += 1
        if edits.count < TransactionRecord.namedRecipients { edits.append(edit) }
    }

    func refuse(_ recipient: ForwardPath, _ reply: Reply, rule: RuleReference?) {
        refusedCount += 1
        if refused.count < TransactionRecord.namedRecipients {
            refused.append(.init(recipient: recipient, reply: reply, rule: rule))
        }
    }
}

import MailMessage
import NIOCore
import Policy
import SMTPProtocol

/// A simulated transaction on its way through the stages.
struct SimulatedRun {
    let policies: PolicySet
    let transaction: SimulatedTransaction
    private let counters: RateCounters
    private(set) var outcome = SimulatedOutcome()
    private var facts: Facts
    /// Recipients that rules add whoever the others are.
    private var dueAdditions: [ForwardPath] = []
    /// What rules change in the content.
    private var contentEdits = ContentEdits()
    /// The recipients that rules have made.
    private var edited: Set<ForwardPath> = []

    init(policies: PolicySet, transaction: SimulatedTransaction, counters: RateCounters, now: Moment) {
        self.policies = policies
        self.transaction = transaction
        self.counters = counters
        facts = Facts(
            listener: transaction.listener,
            clientAddress: transaction.clientAddress,
            clientPort: transaction.clientPort,
            clientNames: transaction.clientNames,
            now: now,
            encryption: transaction.encryption,
            authentication: transaction.authentication,
            tags: transaction.tags,
            hostname: "gatepost.example",
            sessionIdentifier: "simulated",
            transactionIdentifier: "simulated"
        )
    }

    /// Runs the stages until one ends the transaction.
    mutating func run() {
        _ = judgeStages()
        outcome.tags = facts.tags
    }

    /// Whether the transaction came through.
    private mutating func judgeStages() -> Bool {
        guard judge(.connect) else { return false }
        if let helo = transaction.helo {
            facts.helo = helo
            guard judge(.helo) else { return false }
        }
        if let command = transaction.command {
            facts.command = command
            guard judge(.command) else { return false }
            facts.command = nil
        }
        guard let sender = transaction.sender else { return true }
        facts.sender = sender
        facts.mailParameters = transaction.mailParameters
        guard judge(.mail) else { return false }
        outcome.sender = facts.sender
        guard judgeRecipients() else { return false }
        guard let message = transaction.message else { return true }
        return judge(message)
    }

    /// Judges each recipient for itself; without an accepted one there is no message.
    private mutating func judgeRecipients() -> Bool {
        for recipient in transaction.recipients {
            facts.recipient = recipient.path
            facts.recipientParameters = recipient.parameters
            let step = evaluate(.recipient, recipient: recipient.path)
            if case .disconnect = step.decision {
                settle(step.decision, at: .recipient)
                return false
            }
            switch step.decision {
            case .refuse(let reply, _):
                outcome.refusedRecipients.append(.init(recipient: recipient.path, reply: reply))
            case .discard:
                outcome.discardedRecipients.append(recipient.path)
            case .none, .accept, .disconnect, .answer:
                admit(recipient.path, step.envelope)
            }
            note(step.decision)
        }
        facts.recipient = nil
        facts.recipientParameters = ESMTPParameters()
        facts.recipients = outcome.acceptedRecipients
        if outcome.acceptedRecipients.isEmpty, !transaction.recipients.isEmpty {
            if !outcome.discardedRecipients.isEmpty { discard() }
            return false
        }
        forgetDecision()
        return true
    }

    /// Passes a recipient on with what rules add; no path is passed on twice when a rule has made it.
    private mutating func admit(_ path: ForwardPath, _ changes: EnvelopeChanges) {
        let sent = changes.dropsRecipient ? nil : changes.recipient ?? path
        let additions = (dueAdditions + changes.added).filter { $0 != sent }
        for addition in additions where !outcome.acceptedRecipients.contains(addition) {
            outcome.acceptedRecipients.append(addition)
            edited.insert(addition)
        }
        guard let sent else {
            outcome.discardedRecipients.append(path)
            return
        }
        let isTwin = (sent != path || edited.contains(sent)) && outcome.acceptedRecipients.contains(sent)
        if sent != path { edited.insert(sent) }
        if !isTwin { outcome.acceptedRecipients.append(sent) }
    }

    /// The first verdict on a recipient stands for all while none is accepted.
    private mutating func note(_ decision: StageOutcome.Decision) {
        switch decision {
        case .refuse where outcome.stage != .recipient, .discard where outcome.verdict != .discard:
            settle(decision, at: .recipient)
        case .none, .accept, .refuse, .disconnect, .answer, .discard:
            break
        }
    }

    /// Every recipient that was not refused is taken out of the envelope: the message goes nowhere.
    private mutating func discard() {
        guard outcome.verdict != .discard else { return }
        forgetDecision()
        outcome.verdict = .discard
        outcome.stage = .recipient
    }

    private mutating func judge(_ message: SimulatedMessage) -> Bool {
        let parts = message.parts()
        facts.header = parts.header
        outcome.header = parts.header
        outcome.received = message.octets
        guard judge(.header) else { return false }
        facts.content = message.statistics()
        let structure = SimulatedMessage.structure(outcome.header ?? parts.header, parts.rest)
        facts.structure = structure
        outcome.structure = structure
        guard judge(.message) else { return false }
        passOn(parts.rest, structure)
        return true
    }

    /// Makes the message as the upstream gets it.
    private mutating func passOn(_ content: ByteBuffer, _ structure: MIMEStructure) {
        let (plan, remarks) = contentEdits.plan(for: structure)
        outcome.contentRemarks = remarks
        if var header = outcome.header {
            plan.edit(&header)
            outcome.header = header
        }
        var passedOn = ByteBuffer()
        outcome.header?.write(into: &passedOn)
        var rewriter = ContentRewriter(plan)
        var pieces: [ByteBuffer] = []
        rewriter.receive(content, into: &pieces)
        rewriter.end(into: &pieces)
        for piece in pieces { passedOn.writeImmutableBuffer(piece) }
        outcome.passedOn = passedOn
    }

    /// Judges a stage; whether the transaction goes on.
    private mutating func judge(_ stage: Stage) -> Bool {
        let step = evaluate(stage)
        settle(step.decision, at: stage)
        switch step.decision {
        case .none, .accept: return true
        case .refuse, .disconnect, .answer, .discard: return false
        }
    }

    private mutating func evaluate(_ stage: Stage, recipient: ForwardPath? = nil) -> StageOutcome {
        var trace = EvaluationTrace()
        let result = policies.evaluate(stage, facts, counting: counters, trace: &trace)
        outcome.steps.append(.init(stage: stage, recipient: recipient, outcome: result, trace: trace))
        facts.tags.formUnion(result.tags)
        outcome.delay += result.delay
        if stage == .mail {
            facts.sender = result.envelope.sender ?? facts.sender
            dueAdditions = result.envelope.added
        }
        contentEdits.merge(result.content)
        outcome.hiddenKeywords.append(contentsOf: result.hiddenKeywords)
        if let header = result.header {
            facts.header = header
            outcome.header = header
        }
        return result
    }

    private mutating func settle(_ decision: StageOutcome.Decision, at stage: Stage) {
        guard decision != .none else { return }
        outcome.verdict =
            switch decision {
            case .none, .accept: .accept
            case .refuse(let reply, _): reply.code.rawValue < 500 ? .defer : .reject
            case .disconnect: .disconnect
            case .answer: .reply
            case .discard: .discard
            }
        outcome.stage = stage
        outcome.rule = decision.rule
        outcome.reply = decision.reply
    }

    private mutating func forgetDecision() {
        outcome.verdict = .accept
        outcome.stage = nil
        outcome.rule = nil
        outcome.reply = nil
    }
}

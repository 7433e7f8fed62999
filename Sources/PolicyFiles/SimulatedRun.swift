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
        guard judge(.mail), judgeRecipients() else { return false }
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
            if case .refuse(let reply, _) = step.decision {
                outcome.refusedRecipients.append(.init(recipient: recipient.path, reply: reply))
                if outcome.refusedRecipients.count == 1 { settle(step.decision, at: .recipient) }
            } else {
                outcome.acceptedRecipients.append(recipient.path)
            }
        }
        facts.recipient = nil
        facts.recipientParameters = ESMTPParameters()
        facts.recipients = outcome.acceptedRecipients
        if outcome.acceptedRecipients.isEmpty { return transaction.recipients.isEmpty }
        forgetDecision()
        return true
    }

    private mutating func judge(_ message: SimulatedMessage) -> Bool {
        let parts = message.parts()
        facts.header = parts.header
        outcome.header = parts.header
        outcome.received = message.octets
        guard judge(.header) else { return false }
        facts.content = message.statistics()
        guard judge(.message) else { return false }
        var passedOn = ByteBuffer()
        outcome.header?.write(into: &passedOn)
        passedOn.writeImmutableBuffer(parts.rest)
        outcome.passedOn = passedOn
        return true
    }

    /// Judges a stage; whether the transaction goes on.
    private mutating func judge(_ stage: Stage) -> Bool {
        let step = evaluate(stage)
        settle(step.decision, at: stage)
        switch step.decision {
        case .none, .accept: return true
        case .refuse, .disconnect, .answer: return false
        }
    }

    private mutating func evaluate(_ stage: Stage, recipient: ForwardPath? = nil) -> StageOutcome {
        var trace = EvaluationTrace()
        let result = policies.evaluate(stage, facts, counting: counters, trace: &trace)
        outcome.steps.append(.init(stage: stage, recipient: recipient, outcome: result, trace: trace))
        facts.tags.formUnion(result.tags)
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

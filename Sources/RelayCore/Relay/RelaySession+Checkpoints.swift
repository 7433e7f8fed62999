import MailMessage
import Policy
import SMTPProtocol

extension RelaySession {
    /// Asks the policy, unless it has no rules at that stage.
    mutating func ask(_ question: Question) {
        guard settings.checkpoints.contains(question.stage) else {
            proceed(with: question)
            return
        }
        facts.now = now
        pending = question
    }

    /// What policies say at a stage of what is known now.
    public mutating func judged(
        by policies: PolicySet,
        at stage: Stage,
        counting counters: RateCounters
    ) -> StageOutcome {
        policies.evaluate(stage, facts, counting: counters)
    }

    /// Goes on with the policy's answer.
    mutating func resume(_ outcome: StageOutcome) {
        guard let question = pending else { return }
        pending = nil
        note(outcome, at: question.stage)
        if outcome.delay > .zero {
            delay(question, outcome)
        } else {
            settle(question, outcome)
        }
    }

    /// Does what the policy has decided.
    mutating func settle(_ question: Question, _ outcome: StageOutcome) {
        guard isOpen(question) else { return }
        switch outcome.decision {
        case .none, .accept:
            if case .hello = question {
                hiddenKeywords = outcome.hiddenKeywords
                sessionTags = connectTags.union(outcome.tags)
            }
            if let header = outcome.header { facts.header = header }
            if !outcome.content.isEmpty { contentEdits.merge(outcome.content) }
            proceed(with: question, outcome.envelope)
        case .discard(let rule):
            discard(question, rule)
        case .refuse(let reply, let rule):
            refuse(question, reply.identified(by: identifier), rule)
        case .answer(let reply, let rule):
            let reply = reply.identified(by: identifier)
            if reply.isNegative { record(question.stage, reply, source: .policy, rule: rule) }
            server(.answeredLatest(reply))
        case .disconnect(let reply, let rule):
            let reply = reply.identified(by: identifier)
            record(question.stage, reply, source: .policy, rule: rule)
            endMessage()
            clearTransaction()
            server(question.isConnect ? .opened(reply) : .close(reply))
        }
    }

    private mutating func note(_ outcome: StageOutcome, at stage: Stage) {
        for line in outcome.logLines {
            output.actions.append(.note(.policyLine(line)))
        }
        for failure in outcome.failures {
            output.actions.append(.note(.policyFailure(failure)))
        }
        if !outcome.tags.isEmpty {
            facts.tags.formUnion(outcome.tags)
            if stage == .connect {
                connectTags.formUnion(outcome.tags)
                sessionTags = connectTags
            }
        }
        transaction?.fired.append(contentsOf: outcome.fired)
    }

    /// What follows when no rule has decided otherwise.
    private mutating func proceed(with question: Question, _ changes: EnvelopeChanges = EnvelopeChanges()) {
        switch question {
        case .connect:
            server(.opened(settings.ownNames.greeting))
        case .hello(let argument, let extended):
            introduce(argument, extended: extended)
        case .command(let command):
            performSingle(command)
        case .mail(let path, let parameters):
            admit(path, parameters, changes)
        case .recipient(let path, let parameters):
            admit(path, parameters, changes)
        case .header:
            headerPassed()
        case .message:
            messagePassed()
        }
    }

    private mutating func discard(_ question: Question, _ rule: RuleReference) {
        switch question {
        case .mail:
            discardTransaction(rule)
        case .recipient(let path, let parameters):
            discard(path, parameters, rule)
        case .header:
            discardMessage(at: .header, rule)
        case .message:
            discardMessage(at: .message, rule)
        case .connect, .hello, .command:
            // Nothing is under way that could be discarded: no policy that loads asks for it.
            proceed(with: question)
        }
    }

    private mutating func refuse(_ question: Question, _ reply: Reply, _ rule: RuleReference) {
        switch question {
        case .connect:
            record(.connect, reply, source: .policy, rule: rule)
            server(.opened(reply))
        case .hello:
            record(.helo, reply, source: .policy, rule: rule)
            facts.helo = acceptedHello
            facts.tags = tagsBeforeHello
            server(.answeredLatest(reply))
        case .command:
            record(.command, reply, source: .policy, rule: rule)
            server(.answeredLatest(reply))
        case .mail:
            record(.mail, reply, source: .policy, rule: rule)
            clearTransaction()
            server(.answeredLatest(reply))
        case .recipient(let path, _):
            transaction?.refuse(path, reply, rule: rule)
            server(.answeredLatest(reply))
        case .header:
            refuseMessage(reply, at: .header, source: .policy)
        case .message:
            refuseMessage(reply, at: .message, source: .policy)
        }
    }
}

extension RelaySession.Question {
    fileprivate var isConnect: Bool {
        if case .connect = self { true } else { false }
    }
}

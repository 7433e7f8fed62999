import MailMessage
import Patterns
import SMTPProtocol

/// The rules of one stage being tried one after the other.
struct StageRun {
    private let stage: Stage
    private let counters: RateCounters
    private var reader: AttributeReader
    private let outcome = StageOutcome()
    private(set) var isEnded = false
    /// Whether a rule has changed what later rules see since the last `select`.
    private(set) var hasChanged = false

    init(stage: Stage, tags: Set<String>, header: HeaderView?, counters: RateCounters) {
        self.stage = stage
        self.counters = counters
        reader = AttributeReader(stage: stage, header: header, tags: tags)
    }

    /// Adds the rules that may hold as things are.
    mutating func select(_ index: RuleIndex, _ facts: Facts, into selection: inout RuleSelection) {
        index.select(&reader, facts, into: &selection)
        hasChanged = false
    }

    /// Tries a rule and does what it says when it holds.
    mutating func attempt(_ rule: Rule, _ facts: Facts, trace: inout EvaluationTrace?) {
        var groups = FoundGroups(areWanted: rule.usesGroups)
        var findings: [EvaluationTrace.Finding] = []
        do {
            guard try rule.condition.holds(&reader, facts, &groups) else {
                if trace != nil { trace?.note(rule, .notHeld(rule.condition.failures(&reader, facts))) }
                return
            }
            if trace != nil { findings = rule.condition.reasons(&reader, facts) }
            if let rate = rule.rate {
                let counts = try rate.count(&reader, facts, in: counters)
                guard rate.holds(counts) else {
                    trace?.note(rule, .notHeld([rate.finding(counts, as: .missed)]))
                    return
                }
                if trace != nil { findings.append(rate.finding(counts, as: .met)) }
            }
        } catch {
            fail(rule, error)
            trace?.note(rule, .failed(error.description))
            return
        }
        outcome.fired.append(rule.reference)
        var effects: [String]? = trace == nil ? nil : []
        if rule.reference.isMonitor {
            preview(rule, facts, match: groups.match, effects: &effects)
        } else {
            carryOut(rule, facts, match: groups.match, effects: &effects)
        }
        trace?.note(rule, .held(findings), effects: effects ?? [])
    }

    /// Hands out what the stage came to.
    func finish() -> StageOutcome {
        if let header = reader.header, header.isEdited { outcome.header = header.section }
        outcome.envelope = reader.envelope
        return outcome
    }

    /// A rule that could not be evaluated does not hold; if it could have decided what is passed on, nothing is for now.
    private mutating func fail(_ rule: Rule, _ failure: EvaluationFailure) {
        outcome.failures.append(PolicyFailure(rule: rule.reference, reason: failure.description))
        guard rule.failsClosed, !rule.reference.isMonitor else { return }
        outcome.decision = .refuse(StandardReply.evaluationFailure(at: stage), rule.reference)
        isEnded = true
    }

    /// Says in the log what a rule in monitor mode would have done.
    private mutating func preview(_ rule: Rule, _ facts: Facts, match: PatternMatch?, effects: inout [String]?) {
        for action in rule.actions {
            let effect = action.effect(&reader, facts, match: match)
            outcome.logLines.append("\(rule.reference) (monitor) would have done \(effect)")
            effects?.append(effect)
        }
    }

    private mutating func carryOut(_ rule: Rule, _ facts: Facts, match: PatternMatch?, effects: inout [String]?) {
        var decision: StageOutcome.Decision?
        for action in rule.actions {
            effects?.append(action.effect(&reader, facts, match: match))
            if action.changesWhatIsRead { hasChanged = true }
            do throws(EvaluationFailure) {
                let made = try perform(action, rule, facts, match: match)
                decision = decision ?? made
            } catch {
                fail(rule, error)
                return
            }
        }
        guard let decision else { return }
        outcome.decision = decision
        isEnded = true
    }

    /// Does what an action says; its decision, when it makes one.
    private mutating func perform(
        _ action: Action,
        _ rule: Rule,
        _ facts: Facts,
        match: PatternMatch?
    ) throws(EvaluationFailure) -> StageOutcome.Decision? {
        switch action {
        case .accept:
            return .accept(rule.reference)
        case .refuse(let reply):
            return .refuse(reply.render(&reader, facts, match: match), rule.reference)
        case .disconnect(let reply):
            return .disconnect(reply.render(&reader, facts, match: match), rule.reference)
        case .reply(let reply):
            return .answer(reply.render(&reader, facts, match: match), rule.reference)
        case .discard:
            return .discard(rule.reference)
        case .require(let requirement):
            if reader.meets(requirement, facts) { return nil }
            return .refuse(StandardReply.required(requirement), rule.reference)
        case .envelope(let edit):
            try edit.carryOut(&reader, facts, match: match)
        case .delay(let duration):
            outcome.delay = min(outcome.delay + duration, DelayLimit.longest)
        case .hide(let keywords):
            outcome.hiddenKeywords.append(contentsOf: keywords.filter { !outcome.hiddenKeywords.contains($0) })
        case .tag(let tag):
            if reader.tags.insert(tag).inserted { outcome.tags.append(tag) }
        case .log(let text):
            let line = text.render(&reader, facts, match: match, clean: PeerText.forLog)
            outcome.logLines.append("\(rule.reference): \(line)")
        case .downgrade, .stripAttachment, .appendText:
            try editContent(action, rule, facts, match: match)
        case .addHeader, .setHeader, .removeHeader, .rewriteHeader, .removeField, .replaceField, .prefixSubject:
            edit(action, rule, facts, match: match)
        }
        return nil
    }

    /// Notes a change of the content. One that would break a signature is left out, unless the rule wants it.
    private mutating func editContent(
        _ action: Action,
        _ rule: Rule,
        _ facts: Facts,
        match: PatternMatch?
    ) throws(EvaluationFailure) {
        switch action {
        case .downgrade(let breakingSignatures):
            outcome.content.downgrade(breakingSignatures: breakingSignatures, for: rule.reference)
        case .stripAttachment(let selection):
            guard let structure = facts.structure else { return }
            let parts = try selection.parts(of: structure)
            if parts.isEmpty { return }
            if structure.isSigned, !selection.changesSigned { return leaveSigned(rule) }
            let remark = selection.text?.render(&reader, facts, match: match, clean: PeerText.forHeader)
            for part in parts {
                outcome.content.replace(part, with: selection.notice(of: structure.parts[part], remark: remark))
            }
        case .appendText(let footer):
            if let structure = facts.structure, structure.isSigned, !footer.changesSigned { return leaveSigned(rule) }
            let rendered = footer.render(&reader, facts, match: match)
            outcome.content.append(rendered, inSigned: footer.changesSigned)
        default:
            break
        }
    }

    private mutating func leaveSigned(_ rule: Rule) {
        outcome.logLines.append("\(rule.reference): the message is signed and stays as it is")
    }

    /// Edits the header section; an edit whose pattern meets its limits is left out and reported.
    private mutating func edit(_ action: Action, _ rule: Rule, _ facts: Facts, match: PatternMatch?) {
        do {
            switch action {
            case .addHeader(let name, let text):
                let value = text.render(&reader, facts, match: match, clean: PeerText.forHeader)
                reader.editHeader { section in
                    section.addAtTop(name: name, value: value)
                    return true
                }
            case .setHeader(let name, let text):
                let value = text.render(&reader, facts, match: match, clean: PeerText.forHeader)
                reader.editHeader { section in
                    section.set(name: name, value: value)
                    return true
                }
            case .removeHeader(let name, let pattern):
                try reader.editHeader { section throws(EvaluationFailure) in
                    try HeaderEdit.remove(name, matching: pattern, from: &section)
                }
            case .rewriteHeader(let name, let pattern, let replacement):
                let resolved = replacement.resolve(&reader, facts, match: match)
                try reader.editHeader { section throws(EvaluationFailure) in
                    try HeaderEdit.rewrite(name, pattern, resolved, in: &section)
                }
            case .removeField(let pattern):
                try reader.editHeader { section throws(EvaluationFailure) in
                    try HeaderEdit.removeFields(matching: pattern, from: &section)
                }
            case .replaceField(let pattern, let replacement):
                let resolved = replacement.resolve(&reader, facts, match: match)
                try reader.editHeader { section throws(EvaluationFailure) in
                    try HeaderEdit.replaceFields(pattern, resolved, in: &section)
                }
            case .prefixSubject(let text):
                let prefix = text.render(&reader, facts, match: match, clean: PeerText.forHeader)
                reader.editHeader { HeaderEdit.prefixSubject(with: prefix, in: &$0) }
            case .accept, .refuse, .disconnect, .reply, .hide, .downgrade, .stripAttachment, .appendText, .envelope,
                .discard, .delay, .require, .tag, .log:
                break
            }
        } catch {
            outcome.failures.append(PolicyFailure(rule: rule.reference, reason: error.description))
        }
    }
}

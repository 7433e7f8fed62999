import MailMessage
import Policy
import PolicyFiles

/// How a transaction goes under policies: stage by stage every rule, why it held or not, and what came of it.
public struct ExplainReport: CommandReport {
    public let diagnostics: [Diagnostic]
    private let story: ExplainedTransaction?

    public init(_ request: ExplainRequest, policies paths: [String]) {
        let loaded = PolicyFile.load(paths)
        diagnostics = loaded.diagnostics
        story = loaded.set.map { ExplainedTransaction(request.transaction.run($0)) }
    }

    public var exitCode: ExitStatus {
        guard let story else { return .configuration }
        return story.isRefused ? .failure : .success
    }

    public var text: String { story.map { $0.lines.map { "\($0)\n" }.joined() } ?? "" }

    private enum Key: CodingKey {
        case format, diagnostics, transaction
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(JSONText.format, forKey: .format)
        try container.encode(diagnostics.map(EncodedDiagnostic.init), forKey: .diagnostics)
        try container.encodeIfPresent(story, forKey: .transaction)
    }
}

/// The outcome of a simulated transaction in the words of `explain`.
private struct ExplainedTransaction: Encodable {
    struct Stage: Encodable {
        let stage: String
        let recipient: String?
        let rules: [Rule]
    }

    struct Rule: Encodable {
        let rule: String
        let file: String
        let line: Int
        /// `held`, `not held`, `failed` or `not tried`.
        let result: String
        let monitor: Bool
        /// Why it held, or did not.
        let reasons: [String]
        /// What it did.
        let effects: [String]
    }

    let stages: [Stage]
    let verdict: String
    let decidedAt: String?
    let decidedBy: String?
    let reply: String?
    /// The envelope as it is passed on; absent when a transaction did not come so far.
    let sender: String?
    let recipients: [String]
    let refusedRecipients: [String]
    let discardedRecipients: [String]
    /// How long the client waits, in milliseconds.
    let delay: Int
    let tags: [String]
    let log: [String]
    let failures: [String]
    /// The parts of the message as it came; absent when no message was judged to its end.
    let parts: [ExplainedPart]?
    /// What makes the parts doubtful; absent when nothing does.
    let malformed: String?
    /// What `body.text` is.
    let bodyText: String?
    /// Lines of the content, changed ones behind `-` and `+`; absent when the content was not changed.
    let contentChanges: [String]?
    /// Lines of the header section, changed ones behind `-` and `+`; absent when no message was judged.
    let headerChanges: [String]?

    let isRefused: Bool
    /// A rule has changed the envelope.
    private let hasEditedEnvelope: Bool

    private enum CodingKeys: CodingKey {
        case stages, verdict, decidedAt, decidedBy, reply, sender, recipients, refusedRecipients, discardedRecipients
        case delay, tags, log, failures, headerChanges, parts, malformed, bodyText, contentChanges, isRefused
    }

    init(_ outcome: SimulatedOutcome) {
        stages = outcome.steps.map(Stage.init)
        verdict = outcome.verdict.rawValue
        decidedAt = outcome.stage?.name
        decidedBy = outcome.rule?.description
        reply = outcome.reply?.description
        sender = outcome.sender?.description
        recipients = outcome.acceptedRecipients.map(\.description)
        discardedRecipients = outcome.discardedRecipients.map(\.description)
        delay = Int(outcome.delay / .milliseconds(1))
        refusedRecipients = outcome.refusedRecipients.map { "\($0.recipient) \($0.reply)" }
        tags = outcome.tags.sorted()
        log = outcome.logLines
        failures = outcome.failures
        headerChanges = Self.headerChanges(outcome)
        parts = outcome.structure?.parts.map(ExplainedPart.init)
        malformed = outcome.structure.flatMap { $0.isMalformed ? $0.anomalies.description : nil }
        bodyText = outcome.structure?.text
        contentChanges = Self.contentChanges(outcome)
        hasEditedEnvelope = outcome.steps.contains { $0.outcome.envelope != EnvelopeChanges() }
        isRefused = [.reject, .defer, .disconnect, .discard].contains(outcome.verdict)
    }

    private static func headerChanges(_ outcome: SimulatedOutcome) -> [String]? {
        guard let received = outcome.received, let passedOn = outcome.passedOn else { return nil }
        return LineDiff(from: PrintedMessage.headerLines(received), to: PrintedMessage.headerLines(passedOn))
            .changedLines
    }

    private static func contentChanges(_ outcome: SimulatedOutcome) -> [String]? {
        guard let received = outcome.received, let passedOn = outcome.passedOn else { return nil }
        let (before, after) = (PrintedMessage.body(received), PrintedMessage.body(passedOn))
        return before == after
            ? nil : LineDiff(from: PrintedMessage.lines(before), to: PrintedMessage.lines(after)).changedLines
    }

    // MARK: Text

    var lines: [String] {
        var lines = stages.flatMap(\.lines)
        lines.append("verdict: " + verdictText)
        if let reply { lines.append("reply: \(reply)") }
        if delay > 0 { lines.append("waits: \(DurationText.print(.milliseconds(delay)))") }
        if let sender, hasEditedEnvelope, !isRefused {
            lines.append(
                "envelope: \(sender) to " + (recipients.isEmpty ? "nobody" : recipients.joined(separator: ", ")))
        }
        lines += refusedRecipients.map { "refused recipient: \($0)" }
        lines += discardedRecipients.map { "discarded recipient: \($0)" }
        if !tags.isEmpty { lines.append("tags: " + tags.joined(separator: ", ")) }
        lines += log.map { "log: \($0)" }
        lines += failures.map { "failure: \($0)" }
        if let headerChanges {
            lines.append(headerChanges.isEmpty ? "header section: unchanged" : "header section:")
            lines += headerChanges.map { "  \($0)" }
        }
        if let contentChanges {
            lines.append("content:")
            lines += contentChanges.map { "  \($0)" }
        }
        if let parts, parts.count > 1 || parts.first?.isAttachment == true {
            lines.append("parts:")
            lines += parts.map(\.line)
        }
        if let malformed { lines.append("malformed: \(malformed)") }
        return lines
    }

    private var verdictText: String {
        guard let decidedAt, let decidedBy else { return "\(verdict): no rule decided, the upstream does" }
        return "\(verdict) at \(decidedAt) by \(decidedBy)"
    }
}

extension ExplainedTransaction.Stage {
    fileprivate init(_ step: SimulatedOutcome.Step) {
        stage = step.stage.name
        recipient = step.recipient?.description
        rules = step.trace.steps.map(ExplainedTransaction.Rule.init)
    }

    fileprivate var lines: [String] {
        let title = recipient.map { "\(stage) \($0)" } ?? stage
        return rules.isEmpty ? ["\(title): no rules"] : ["\(title):"] + rules.flatMap(\.lines)
    }
}

extension ExplainedTransaction.Rule {
    fileprivate init(_ step: EvaluationTrace.Step) {
        rule = step.rule.description
        file = step.location.file
        line = step.location.line
        monitor = step.rule.isMonitor
        effects = step.effects
        switch step.result {
        case .held(let conditions): (result, reasons) = ("held", conditions.map(\.description))
        case .notHeld(let conditions): (result, reasons) = ("not held", conditions.map(\.description))
        case .failed(let why): (result, reasons) = ("failed", [why])
        case .notTried: (result, reasons) = ("not tried", ["an earlier rule had decided"])
        }
    }

    fileprivate var lines: [String] {
        let mark = result == "held" ? "*" : " "
        let mode = monitor ? ", monitor" : ""
        return ["  \(mark) \(rule) (\(file):\(line)\(mode)): \(result)"]
            + reasons.map { "      \($0)" }
            + effects.map { "      \(monitor ? "would do" : "did"): \($0)" }
    }
}

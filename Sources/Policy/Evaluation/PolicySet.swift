import MailMessage
import Patterns
import SMTPProtocol

/// The policies that a session is judged by, compiled: immutable, and shared by all event loops.
public final class PolicySet: Sendable {
    /// No rules at all.
    public static let empty = PolicySet(rules: [], headerNames: HeaderNames(), summary: PolicySummary())

    /// Whether a rule edits the content, or at `message` the header section, so that the whole message must be held
    /// until its end.
    public let holdsMessage: Bool
    /// What the content must be scanned for; nil when no rule asks for the parts of a message.
    public let contentInterests: MIMEScanner.Interests?
    /// Whether a rule reads `message.longest-line`.
    public let measuresLongestLine: Bool
    /// For each stage, whether its rules read the client's names.
    private let stagesReadingNames: [Bool]
    /// Whether a rule reads what a client's certificate says, so that clients must be asked for one.
    public let readsClientCertificates: Bool
    /// What the set holds, for `check`.
    public let summary: PolicySummary

    /// The rules that are not off, by stage, each stage's in the order in which they are tried.
    let rulesByStage: [[Rule]]
    /// The same, to be tried without counting references to each: all event loops would count in the same place. The set
    /// outlives whoever tries its rules.
    let uncounted: [[Unmanaged<Rule>]]
    /// The header field names that rules read, lower-cased; a slot of a header attribute is an index into it.
    let headerNames: HeaderNames
    /// By stage, which rules may hold; nil for a stage whose rules are all tried.
    let indexes: [RuleIndex?]

    init(rules: [Rule], headerNames: HeaderNames, summary: PolicySummary, indexes: [RuleIndex?] = []) {
        self.rulesByStage = Stage.allCases.map { stage in rules.filter { $0.stage == stage } }
        uncounted = rulesByStage.map { $0.map(Unmanaged.passUnretained) }
        self.indexes = indexes.isEmpty ? rulesByStage.map { _ in nil } : indexes
        self.headerNames = headerNames
        self.summary = summary
        holdsMessage = rules.contains(where: \.holdsMessage)
        let interests = rules.compactMap(\.contentInterests)
        contentInterests = interests.isEmpty ? nil : interests.reduce([]) { $0.union($1) }
        stagesReadingNames = rulesByStage.map { rules in
            rules.contains { $0.reads(.clientName) || $0.reads(.clientReverseName) }
        }
        readsClientCertificates = rules.contains { $0.reads(.tlsClientFingerprint) || $0.reads(.tlsClientSubject) }
        measuresLongestLine = rules.contains { $0.reads(.messageLongestLine) }
    }

    /// The same policies with an index of the rules of each stage that has `smallest` or more, so that what a mail costs
    /// does not grow with their number. What the rules do stays the same.
    ///
    /// Making an index of thousands of patterns takes seconds; what `store` has kept is not made again.
    public func indexed(from smallest: Int = 24, store: DatabaseStore? = nil) -> PolicySet {
        PolicySet(
            rules: rulesByStage.flatMap { $0 },
            headerNames: headerNames,
            summary: summary,
            indexes: rulesByStage.map { $0.count < smallest ? nil : RuleIndex($0, store: store) }
        )
    }

    /// Whether any rule runs at a stage.
    public func hasRules(at stage: Stage) -> Bool { !rulesByStage[stage.rawValue].isEmpty }

    /// Whether a rule of a stage reads the client's names, so that they must be known before it is judged.
    public func readsClientNames(at stage: Stage) -> Bool { stagesReadingNames[stage.rawValue] }

    /// Whether any rule reads the client's names.
    public var readsClientNames: Bool { stagesReadingNames.contains(true) }

    /// Runs the rules of a stage on what is known. Without counters of the caller's, every rate begins with this time.
    public func evaluate(
        _ stage: Stage,
        _ facts: Facts,
        counting counters: RateCounters = RateCounters()
    ) -> StageOutcome {
        guard hasRules(at: stage) else { return StageOutcome() }
        var trace: EvaluationTrace?
        return run(stage, facts, counting: counters, trace: &trace)
    }

    /// Runs the rules of a stage and notes for each why it held or did not, and what it did.
    public func evaluate(
        _ stage: Stage,
        _ facts: Facts,
        counting counters: RateCounters = RateCounters(),
        trace: inout EvaluationTrace
    ) -> StageOutcome {
        var noted: EvaluationTrace? = trace
        let outcome = run(stage, facts, counting: counters, trace: &noted)
        trace = noted ?? trace
        return outcome
    }
}

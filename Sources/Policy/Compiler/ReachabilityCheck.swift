/// No rule stands behind one that ends its stage whenever the later one could hold.
///
/// That is so when the earlier rule always holds, and when each of its conditions is written in the later rule as well.
/// Conditions whose answer may change within a stage say nothing: those that count and those that ask for tags, and those
/// that ask for the envelope or the message when a rule in between edits either.
enum ReachabilityCheck {
    static func run(_ compilation: Compilation) {
        for stage in Stage.allCases {
            var ends = StageEnds()
            for rule in compilation.rules where rule.stage == stage && rule.mode != .off {
                if let end = ends.first(before: rule) {
                    report(rule, behind: end, compilation)
                } else {
                    ends.note(rule)
                }
            }
        }
    }

    /// Behind a rule that always holds it is a mistake; behind one that asks for the same it may be a table's habit, of
    /// which the first entry counts.
    private static func report(_ rule: RuleDraft, behind end: RuleDraft, _ compilation: Compilation) {
        let message =
            "the rule `\(rule.source.name.value)` can never be reached: `\(end.source.name.value)` at "
            + place(of: end, from: rule)
        if end.source.when == nil, end.source.unless == nil {
            compilation.error(at: rule.location, message + " always ends the stage `\(rule.stage)`")
        } else {
            compilation.warning(at: rule.location, message + " ends the stage `\(rule.stage)` whenever it holds")
        }
    }

    private static func place(of end: RuleDraft, from rule: RuleDraft) -> String {
        end.location.file == rule.location.file ? "line \(end.location.line)" : "\(end.location)"
    }
}

/// The rules of a stage that end it when they hold.
private struct StageEnds {
    private struct End {
        var rule: RuleDraft
        var condition: WrittenCondition
        /// How many rules before it edit the envelope or the header section.
        var edits: Int
    }

    /// The rules by one of their conditions; those without any by the empty text.
    private var ends: [String: [End]] = [:]
    private var edits = 0

    /// The first rule that ends the stage whenever a later one could hold.
    func first(before rule: RuleDraft) -> RuleDraft? {
        let condition = WrittenCondition(rule)
        let candidates = (condition.parts + [""]).flatMap { ends[$0] ?? [] }
        return candidates.filter { end in
            end.condition.parts.isSubset(of: condition.parts) && (!end.condition.readsMail || end.edits == edits)
        }.map(\.rule).min { $0.location < $1.location }
    }

    mutating func note(_ rule: RuleDraft) {
        let condition = WrittenCondition(rule)
        if rule.mode == .enforce, rule.terminal != nil, condition.isSteady {
            ends[condition.parts.min() ?? "", default: []].append(
                End(rule: rule, condition: condition, edits: edits)
            )
        }
        if rule.actions.contains(where: { $0.name.editsMail }) { edits += 1 }
    }
}

/// The conditions of a rule as they are written, without regard to places and order.
private struct WrittenCondition {
    /// Each key of `when` with its value, and `unless` as a whole.
    let parts: Set<String>
    /// Whether all of it is asked for again with the same answer, as long as the envelope and the header section stay.
    let isSteady: Bool
    let readsMail: Bool

    init(_ rule: RuleDraft) {
        var parts: Set<String> = []
        if case .mapping(let pairs, _)? = rule.source.when {
            for pair in pairs { parts.insert(pair.key.value + ": " + pair.value.written) }
        }
        if let unless = rule.source.unless { parts.insert("unless: " + unless.written) }
        self.parts = parts
        // A condition that could not be read is not taken for one that always holds.
        let isRead = rule.source.when == nil || !parts.isEmpty
        isSteady = isRead && rule.tagsRead.isEmpty && !parts.contains { $0.hasPrefix("rate: ") }
        readsMail = rule.reads.contains { $0.traits.stage >= .mail }
    }
}

extension ActionName {
    /// Whether the action changes what later rules of its stage see of the envelope or the header section.
    fileprivate var editsMail: Bool {
        switch self {
        case .setSender, .rewriteSender, .setRecipient, .rewriteRecipient, .addRecipient, .dropRecipient: true
        default: editsHeader
        }
    }
}

extension SourceValue {
    /// The value as one text, the same for two values that mean the same.
    fileprivate var written: String {
        switch self {
        case .nothing: "~"
        case .scalar(let text): "\"\(text.value)\""
        case .sequence(let values, _): "[" + values.map(\.written).joined(separator: ", ") + "]"
        case .mapping(let pairs, _):
            "{" + pairs.map { $0.key.value + ": " + $0.value.written }.sorted().joined(separator: ", ") + "}"
        }
    }
}

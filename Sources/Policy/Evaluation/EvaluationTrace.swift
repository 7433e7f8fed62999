/// Why each rule of the stages evaluated so far held or did not, and what it did: what `explain` prints.
public struct EvaluationTrace: Hashable, Sendable {
    /// A rule that was tried, or passed over because the stage had ended.
    public struct Step: Hashable, Sendable {
        public var stage: Stage
        public var rule: RuleReference
        /// Where the rule is written.
        public var location: SourceLocation
        public var result: Result
        /// What the rule did, or in monitor mode would have done, one line each: `reject 552 5.3.4 Too large`.
        public var effects: [String]
    }

    public enum Result: Hashable, Sendable {
        case held
        /// The conditions that kept the rule from holding.
        case notHeld([FailedCondition])
        /// A condition could not be evaluated; what the matter was.
        case failed(String)
        /// An earlier rule had ended the stage.
        case notTried
    }

    /// A condition that was not as the rule asks.
    public struct FailedCondition: Hashable, Sendable, CustomStringConvertible {
        /// The condition as it is written: `header.from.domain in ours`.
        public var condition: String
        /// Whether the condition held where it must not: in `unless` or `none`.
        public var isExclusion: Bool
        /// The values that the attribute had; empty when it had none.
        public var seen: [String]

        public var description: String {
            let values = seen.isEmpty ? "there is none" : "it is " + seen.map { "`\($0)`" }.joined(separator: ", ")
            return isExclusion ? "excluded because \(condition): \(values)" : "not \(condition): \(values)"
        }
    }

    public var steps: [Step] = []

    public init() {}
}

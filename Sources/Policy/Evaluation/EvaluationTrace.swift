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
        /// The conditions by which the rule held.
        case held([Finding])
        /// The conditions that kept the rule from holding.
        case notHeld([Finding])
        /// A condition could not be evaluated; what the matter was.
        case failed(String)
        /// An earlier rule had ended the stage.
        case notTried
    }

    /// A condition by which a rule held or did not, with what was seen.
    public struct Finding: Hashable, Sendable, CustomStringConvertible {
        public enum Role: Hashable, Sendable {
            /// The condition held, as the rule asks.
            case met
            /// The condition did not hold.
            case missed
            /// The condition held where it must not: in `unless` or `none`.
            case excluded
        }

        public var role: Role
        /// The condition as it is written: `header.from.domain in ours`.
        public var condition: String
        /// The values that the attribute had; of a condition that held those that are as asked. Empty for none.
        public var seen: [String]

        public var description: String {
            let values = seen.isEmpty ? "there is none" : "it is " + seen.map { "`\($0)`" }.joined(separator: ", ")
            return switch role {
            case .met: "because \(condition): \(values)"
            case .missed: "not \(condition): \(values)"
            case .excluded: "excluded because \(condition): \(values)"
            }
        }
    }

    public var steps: [Step] = []

    public init() {}
}

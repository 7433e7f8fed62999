/// Names the rule that did something, for the log, the metrics and `explain`.
///
/// Copies share what it consists of: each mail has the rules that held passed from hand to hand.
public struct RuleReference: Hashable, Sendable, CustomStringConvertible {
    private final class Names: Sendable {
        let policy: String
        let rule: String
        let isMonitor: Bool
        /// Rules are counted by the thousand and the second: their names are hashed once.
        let hash: Int

        init(policy: String, rule: String, isMonitor: Bool) {
            self.policy = policy
            self.rule = rule
            self.isMonitor = isMonitor
            var hasher = Hasher()
            hasher.combine(policy)
            hasher.combine(rule)
            hasher.combine(isMonitor)
            hash = hasher.finalize()
        }
    }

    private let names: Names

    public var policy: String { names.policy }
    public var rule: String { names.rule }
    /// Whether the rule only reports what it would have done.
    public var isMonitor: Bool { names.isMonitor }

    public init(policy: String, rule: String, isMonitor: Bool = false) {
        names = Names(policy: policy, rule: rule, isMonitor: isMonitor)
    }

    public static func == (one: RuleReference, other: RuleReference) -> Bool {
        one.names === other.names
            || (one.names.hash == other.names.hash && one.rule == other.rule && one.policy == other.policy
                && one.isMonitor == other.isMonitor)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(names.hash)
    }

    /// `policy/rule`.
    public var description: String { policy + "/" + rule }
}

/// Names the rule that did something, for the log, the metrics and `explain`.
public struct RuleReference: Hashable, Sendable, CustomStringConvertible {
    public var policy: String
    public var rule: String
    /// Whether the rule only reports what it would have done.
    public var isMonitor: Bool

    public init(policy: String, rule: String, isMonitor: Bool = false) {
        self.policy = policy
        self.rule = rule
        self.isMonitor = isMonitor
    }

    /// `policy/rule`.
    public var description: String { policy + "/" + rule }
}

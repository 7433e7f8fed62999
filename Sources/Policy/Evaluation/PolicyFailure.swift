/// A rule that could not be evaluated, or an edit of it that could not be made, and why.
public struct PolicyFailure: Hashable, Sendable, CustomStringConvertible {
    public var rule: RuleReference
    public var reason: String

    public init(rule: RuleReference, reason: String) {
        self.rule = rule
        self.reason = reason
    }

    public var description: String { "\(rule): \(reason)" }
}

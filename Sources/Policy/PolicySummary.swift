/// What a set of policies holds, in the words of the policies: what `check` prints.
public struct PolicySummary: Hashable, Sendable {
    public struct Policy: Hashable, Sendable {
        public var name: String
        public var description: String?
        public var mode: RuleMode
        public var rules: [Rule]
        public var lists: [List]
    }

    public struct Rule: Hashable, Sendable {
        public var name: String
        public var stage: Stage
        /// The mode in effect: the stricter of the rule's and its policy's.
        public var mode: RuleMode
        /// The names of the actions, in order.
        public var actions: [String]
        /// Whether whole messages are held until their end because of the rule.
        public var holdsMessage: Bool
    }

    public struct List: Hashable, Sendable {
        public var name: String
        public var count: Int

        public init(name: String, count: Int) {
            self.name = name
            self.count = count
        }
    }

    public var policies: [Policy] = []
    /// The names that rules compare `listener` with, where they are written.
    public var listeners: [Located<String>] = []

    public init() {}
}

/// Whether a rule acts.
public enum RuleMode: String, CaseIterable, Hashable, Sendable {
    /// Acts; the default.
    case enforce
    /// Is evaluated, logged and counted, and does nothing.
    case monitor
    /// Is left out.
    case off

    /// The mode in effect for a rule of one mode in a policy of the other: the one that does less.
    func restricted(by other: RuleMode) -> RuleMode {
        if self == .off || other == .off { return .off }
        return self == .monitor || other == .monitor ? .monitor : .enforce
    }
}

import NIOConcurrencyHelpers
import Policy

/// How often each rule has held since the start, and how often it could not be evaluated.
///
/// A reload begins no new count. A rule in monitor mode is counted apart from the same rule once it is enforced.
final class RuleCounts: Sendable {
    struct Count: Hashable, Sendable {
        /// Times that the rule held; of one at `recipient`, for each recipient that it held for.
        var held = 0
        /// Times that it could not be evaluated.
        var failures = 0
    }

    /// Rules that are counted: those of any policies that a process ever loads.
    private static let capacity = 100_000

    private let counts = NIOLockedValueBox<[RuleReference: Count]>([:])

    /// Counts rules that held.
    func held(_ rules: [RuleReference]) {
        counts.withLockedValue { counts in
            for rule in rules { Self.change(rule, in: &counts) { $0.held += 1 } }
        }
    }

    /// Counts a failure of a rule; how many there were, this one among them.
    func failed(_ rule: RuleReference) -> Int {
        counts.withLockedValue { counts in
            Self.change(rule, in: &counts) { $0.failures += 1 }
            return counts[rule]?.failures ?? 1
        }
    }

    /// The rules that held or failed, by policy and name.
    func all() -> [(rule: RuleReference, count: Count)] {
        counts.withLockedValue { Array($0) }
            .map { (rule: $0.key, count: $0.value) }
            .sorted { Self.order($0.rule) < Self.order($1.rule) }
    }

    private static func order(_ rule: RuleReference) -> (String, String, Int) {
        (rule.policy, rule.rule, rule.isMonitor ? 1 : 0)
    }

    /// Beyond the capacity rules that were not counted before are not counted.
    private static func change(
        _ rule: RuleReference,
        in counts: inout [RuleReference: Count],
        _ change: (inout Count) -> Void
    ) {
        guard counts.count < capacity || counts[rule] != nil else { return }
        change(&counts[rule, default: Count()])
    }
}

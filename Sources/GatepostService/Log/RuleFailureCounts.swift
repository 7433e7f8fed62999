import NIOConcurrencyHelpers
import Policy

/// How often each rule could not be evaluated since the start.
final class RuleFailureCounts: Sendable {
    /// Rules that are counted: those of any policies that a process ever loads.
    private static let capacity = 100_000

    private let counts = NIOLockedValueBox<[RuleReference: Int]>([:])

    /// Counts a failure of a rule; how many there were, this one among them.
    func count(_ rule: RuleReference) -> Int {
        counts.withLockedValue { counts in
            if counts.count >= Self.capacity, counts[rule] == nil { counts.removeAll() }
            counts[rule, default: 0] += 1
            return counts[rule] ?? 1
        }
    }
}

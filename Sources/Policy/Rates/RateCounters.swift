import Synchronization

/// The counters of all `rate` conditions, shared by all event loops and kept when policies are loaded anew.
///
/// A counter belongs to a rule, by the names of the policy and the rule and the text of the condition, and to the values
/// that are counted: what a new policy set leaves as it was goes on counting.
public final class RateCounters: Sendable {
    /// Counters of a server: at 72 octets each, 36 MB at most. Beyond, the one that was used longest ago is forgotten.
    public static let standardCapacity = 500_000

    private let table: Mutex<RateTable>

    public init(capacity: Int = standardCapacity) {
        table = Mutex(RateTable(capacity: capacity))
    }

    /// Counters at this moment.
    public var count: Int { table.withLock { $0.count } }

    /// Counts once for a key, and returns how often that was within `window` nanoseconds, this time included.
    func add(_ key: UInt64, at now: Moment, window: UInt64) -> Int {
        table.withLock { $0.add(key, at: now.nanoseconds, window: window) }
    }
}

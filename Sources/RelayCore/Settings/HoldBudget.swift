import Synchronization

/// The octets that all sessions together may take for messages which a rule needs whole: in memory, or in the spool.
///
/// When it is spent the client hears `452 4.3.1` and keeps its message.
public final class HoldBudget: Sendable {
    private let limit: Atomic<Int>
    private let taken = Atomic<Int>(0)

    public init(octets: Int) {
        limit = Atomic(octets)
    }

    /// The bound. A lower one takes nothing from those who have it.
    public var octets: Int {
        get { limit.load(ordering: .relaxed) }
        set { limit.store(newValue, ordering: .relaxed) }
    }

    /// Octets held now.
    public var inUse: Int {
        taken.load(ordering: .relaxed)
    }

    /// Takes `count` octets, unless that would pass the bound.
    func take(_ count: Int) -> Bool {
        let before = taken.add(count, ordering: .relaxed).oldValue
        guard before + count <= octets else {
            giveBack(count)
            return false
        }
        return true
    }

    func giveBack(_ count: Int) {
        taken.subtract(count, ordering: .relaxed)
    }
}

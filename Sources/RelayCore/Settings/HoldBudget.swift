import Synchronization

/// The memory that all sessions together may take for messages which a rule needs whole.
///
/// When it is spent the client hears `452 4.3.1` and keeps its message.
public final class HoldBudget: Sendable {
    public let octets: Int
    private let taken = Atomic<Int>(0)

    public init(octets: Int) {
        self.octets = octets
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

/// How often something happened within the last while.
///
/// The while is cut into eight slots that are counted for themselves, the first of them beginning with the first count.
/// What has happened longer ago is never counted; what has happened in the last eighth may be forgotten early.
struct SlidingCount: Sendable {
    private static let slots = 8

    private var counts = SIMD8<UInt32>()
    /// When the slot at hand began, in nanoseconds.
    private var slotStart: UInt64
    /// The slot at hand.
    private var slot: UInt32 = 0

    init(startingAt now: UInt64) {
        slotStart = now
    }

    /// Counts once more, and returns how often that was within `window` nanoseconds, this time included.
    mutating func add(at now: UInt64, window: UInt64) -> Int {
        advance(to: now, slotLength: max(window / UInt64(Self.slots), 1))
        let index = Int(slot)
        counts[index] = counts[index] == .max ? .max : counts[index] + 1
        return (0..<Self.slots).reduce(0) { $0 + Int(counts[$1]) }
    }

    /// Empties the slots whose time has come round again.
    private mutating func advance(to now: UInt64, slotLength: UInt64) {
        guard now > slotStart else { return }
        let passed = (now - slotStart) / slotLength
        for _ in 0..<min(passed, UInt64(Self.slots)) {
            slot = (slot + 1) % UInt32(Self.slots)
            counts[Int(slot)] = 0
        }
        slotStart += passed * slotLength
    }
}

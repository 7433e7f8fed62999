/// Sliding counts by key, bounded in number: when there is room for no more, the one that was used longest ago goes.
///
/// The entries lie in one array and hang on two kinds of chains: those of one place of the hash table, and the one from
/// the newest entry to the oldest. Finding, adding and forgetting cost the same however many there are, and an entry
/// takes 64 octets and its share of the places.
struct RateTable: Sendable {
    /// In this order the parts lie close together.
    private struct Entry {
        var count: SlidingCount
        /// The next entry of the same place.
        var next = RateTable.none
        var key: UInt64
        var newer = RateTable.none
        var older = RateTable.none
    }

    private static let none = UInt32.max

    private let capacity: Int
    private var entries: [Entry] = []
    /// The first entry of each place. The count is a power of two, and at least that of the entries.
    private var places: [UInt32] = []
    private var newest = RateTable.none
    private var oldest = RateTable.none

    init(capacity: Int) {
        self.capacity = min(max(1, capacity), Int(Self.none))
    }

    var count: Int { entries.count }

    /// Octets of an entry.
    static var entrySize: Int { MemoryLayout<Entry>.stride }

    /// Counts once for a key, and returns how often that was within `window` nanoseconds.
    mutating func add(_ key: UInt64, at now: UInt64, window: UInt64) -> Int {
        if let index = find(key) {
            if index != newest {
                leave(index)
                follow(index)
            }
            return entries[Int(index)].count.add(at: now, window: window)
        }
        let index = entries.count < capacity ? makeRoom() : forgetOldest()
        entries[Int(index)] = Entry(count: SlidingCount(startingAt: now), key: key)
        hang(index)
        follow(index)
        return entries[Int(index)].count.add(at: now, window: window)
    }

    private func find(_ key: UInt64) -> UInt32? {
        guard !places.isEmpty else { return nil }
        var index = places[place(of: key)]
        while index != Self.none {
            if entries[Int(index)].key == key { return index }
            index = entries[Int(index)].next
        }
        return nil
    }

    /// An entry at the end of the array.
    private mutating func makeRoom() -> UInt32 {
        let index = UInt32(entries.count)
        entries.append(Entry(count: SlidingCount(startingAt: 0), key: 0))
        guard entries.count > places.count else { return index }
        places = [UInt32](repeating: Self.none, count: max(16, places.count * 2))
        for other in 0..<index { hang(other) }
        return index
    }

    /// The entry that was used longest ago, off all chains.
    private mutating func forgetOldest() -> UInt32 {
        let index = oldest
        leave(index)
        let next = entries[Int(index)].next
        let place = place(of: entries[Int(index)].key)
        if places[place] == index {
            places[place] = next
            return index
        }
        var before = places[place]
        while entries[Int(before)].next != index { before = entries[Int(before)].next }
        entries[Int(before)].next = next
        return index
    }

    // MARK: Chains

    /// Keys are hashes already.
    private func place(of key: UInt64) -> Int { Int(truncatingIfNeeded: key) & (places.count - 1) }

    private mutating func hang(_ index: UInt32) {
        let place = place(of: entries[Int(index)].key)
        entries[Int(index)].next = places[place]
        places[place] = index
    }

    private mutating func leave(_ index: UInt32) {
        let (newer, older) = (entries[Int(index)].newer, entries[Int(index)].older)
        if newer == Self.none { newest = older } else { entries[Int(newer)].older = older }
        if older == Self.none { oldest = newer } else { entries[Int(older)].newer = newer }
    }

    /// Puts an entry that is on no such chain before the newest.
    private mutating func follow(_ index: UInt32) {
        entries[Int(index)].newer = Self.none
        entries[Int(index)].older = newest
        if newest == Self.none { oldest = index } else { entries[Int(newest)].newer = index }
        newest = index
    }
}

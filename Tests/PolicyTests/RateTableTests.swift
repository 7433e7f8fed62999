import Testing

@testable import Policy

/// The counters behind `rate`.
struct RateTableTests {
    private static let second: UInt64 = 1_000_000_000

    @Test("what is longer ago than the window is forgotten, and nothing before seven eighths of it")
    func window() {
        var count = SlidingCount(startingAt: 5 * Self.second)
        let window = 80 * Self.second
        #expect(count.add(at: 5 * Self.second, window: window) == 1)
        #expect(count.add(at: 14 * Self.second, window: window) == 2)
        #expect(count.add(at: 74 * Self.second, window: window) == 3)
        #expect(count.add(at: 84 * Self.second, window: window) == 4)
        // The first two are of the first ten seconds.
        #expect(count.add(at: 85 * Self.second, window: window) == 3)
        #expect(count.add(at: 165 * Self.second, window: window) == 1)
        #expect(count.add(at: .max, window: window) == 1)
    }

    @Test("time that does not pass, or that seems to go back, is no harm")
    func standingTime() {
        var count = SlidingCount(startingAt: 100)
        #expect(count.add(at: 100, window: 1) == 1)
        #expect(count.add(at: 50, window: 1) == 2)
        #expect(count.add(at: 100, window: 0) == 3)
    }

    /// Counts every time exactly, and forgets by the same order of use.
    private struct Oracle {
        var capacity: Int
        var times: [(key: UInt64, slots: [UInt64])] = []

        mutating func add(_ key: UInt64, at now: UInt64) -> Int {
            let index = times.firstIndex { $0.key == key }
            var entry = index.map { times.remove(at: $0) } ?? (key: key, slots: [])
            if index == nil, times.count == capacity { times.removeFirst() }
            entry.slots.append(now)
            times.append(entry)
            return entry.slots.count
        }
    }

    @Test("counters are found by key and forgotten in the order of their last use", arguments: [1, 2, 3, 50, 1000])
    func boundedInNumber(capacity: Int) {
        var random = SplitMix(seed: UInt64(capacity))
        var table = RateTable(capacity: capacity)
        var oracle = Oracle(capacity: capacity)
        for step in 0..<4000 {
            // Keys of few bits share places.
            let key =
                UInt64.random(in: 0..<UInt64(capacity * 2), using: &random) << UInt64.random(in: 0...1, using: &random)
            let found = table.add(key, at: UInt64(step), window: 1 << 40)
            #expect(found == oracle.add(key, at: UInt64(step)))
            #expect(table.count == oracle.times.count)
        }
        #expect(table.count <= capacity)
    }

    @Test("an entry takes tens of octets")
    func size() {
        #expect(RateTable.entrySize <= 64)
    }
}

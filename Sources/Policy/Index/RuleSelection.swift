/// The rules of a stage that may hold, as a bit for each.
struct RuleSelection: Sendable, Equatable {
    private var words: [UInt64]

    init(count: Int) {
        words = [UInt64](repeating: 0, count: (count + 63) / 64)
    }

    mutating func insert(_ rule: Int) {
        words[rule >> 6] |= 1 << UInt64(rule & 63)
    }

    mutating func insert(_ rules: [Int32]) {
        for rule in rules { insert(Int(rule)) }
    }

    mutating func formUnion(_ other: RuleSelection) {
        for index in words.indices { words[index] |= other.words[index] }
    }

    /// The first selected rule from a place on.
    func first(from place: Int) -> Int? {
        var index = place >> 6
        guard index < words.count else { return nil }
        var word = words[index] & (~0 << UInt64(place & 63))
        while word == 0 {
            index += 1
            guard index < words.count else { return nil }
            word = words[index]
        }
        return index << 6 + word.trailingZeroBitCount
    }
}

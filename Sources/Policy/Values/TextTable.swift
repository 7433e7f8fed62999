/// A set of octet strings with a few marks each, looked up without making a new string.
///
/// A hash table with open addressing over one block of octets: a list of a million entries costs a handful of
/// allocations and some twenty octets an entry beside its text, and a look-up costs the same in a list of ten. Entries
/// come from the operator alone, so the hash need not resist entries that were chosen to collide.
struct TextTable: Sendable {
    private struct Entry {
        /// Where the text starts; it ends where the next entry's starts.
        var offset: UInt32
        var hash: UInt32
    }

    private var octets: [UInt8] = []
    private var entries: [Entry] = []
    private var marks: [UInt8] = []
    /// Indices into `entries` plus 1; 0 is a free place. The count is a power of two, a third more than entries at least.
    private var places: [UInt32] = []

    var count: Int { entries.count }

    init() {}

    /// Adds a text, or marks to one that is there, and returns its place in the order of insertion.
    @discardableResult
    mutating func insert(_ text: some Collection<UInt8>, marks: UInt8 = 1) -> Int {
        let place = text.withContiguousStorageIfAvailable { insert($0, marks: marks) }
        return place ?? Array(text).withUnsafeBufferPointer { insert($0, marks: marks) }
    }

    /// The marks of a text; 0 when it is not in the table.
    func marks(of text: UnsafeBufferPointer<UInt8>) -> UInt8 {
        place(of: text).map { marks[$0] } ?? 0
    }

    /// The place of a text in the order of insertion; nil when it is not in the table.
    func place(of text: UnsafeBufferPointer<UInt8>) -> Int? {
        entries.isEmpty ? nil : find(text, hash: Self.hash(text))
    }

    /// Calls a body with every text and its marks, in the order of insertion.
    func forEach(_ body: (UnsafeBufferPointer<UInt8>, UInt8) -> Void) {
        octets.withUnsafeBufferPointer { octets in
            for index in entries.indices { body(UnsafeBufferPointer(rebasing: octets[range(of: index)]), marks[index]) }
        }
    }

    private mutating func insert(_ key: UnsafeBufferPointer<UInt8>, marks: UInt8) -> Int {
        let hash = Self.hash(key)
        if let index = find(key, hash: hash) {
            self.marks[index] |= marks
            return index
        }
        if (entries.count + 1) * 4 > places.count * 3 { grow() }
        entries.append(Entry(offset: UInt32(truncatingIfNeeded: octets.count), hash: hash))
        octets.append(contentsOf: key)
        self.marks.append(marks)
        place(entries.count - 1)
        return entries.count - 1
    }

    private func range(of index: Int) -> Range<Int> {
        let end = index + 1 < entries.count ? Int(entries[index + 1].offset) : octets.count
        return Int(entries[index].offset)..<end
    }

    private func find(_ key: UnsafeBufferPointer<UInt8>, hash: UInt32) -> Int? {
        if places.isEmpty { return nil }
        let mask = places.count - 1
        var position = Int(hash) & mask
        while places[position] != 0 {
            let index = Int(places[position]) - 1
            if entries[index].hash == hash, equals(range(of: index), key) { return index }
            position = (position + 1) & mask
        }
        return nil
    }

    private func equals(_ range: Range<Int>, _ key: UnsafeBufferPointer<UInt8>) -> Bool {
        guard range.count == key.count else { return false }
        return octets.withUnsafeBufferPointer { octets in
            for i in key.indices where octets[range.lowerBound + i] != key[i] { return false }
            return true
        }
    }

    private mutating func grow() {
        places = [UInt32](repeating: 0, count: max(8, places.count * 2))
        for index in entries.indices { place(index) }
    }

    private mutating func place(_ index: Int) {
        let mask = places.count - 1
        var position = Int(entries[index].hash) & mask
        while places[position] != 0 { position = (position + 1) & mask }
        places[position] = UInt32(truncatingIfNeeded: index + 1)
    }

    /// FNV-1a with a final mix, because the low bits choose the place.
    private static func hash(_ key: UnsafeBufferPointer<UInt8>) -> UInt32 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for octet in key { hash = (hash ^ UInt64(octet)) &* 0x100_0000_01b3 }
        hash ^= hash >> 32
        return UInt32(truncatingIfNeeded: (hash &* 0x9e37_79b9_7f4a_7c15) >> 32)
    }
}

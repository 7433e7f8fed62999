/// A set of octet strings with a few marks each, looked up without making a new string.
///
/// A hash table with open addressing over one block of octets: a list of a million entries costs a handful of
/// allocations, and a look-up costs the same in a list of ten. Entries come from the operator alone, so the hash need
/// not resist entries that were chosen to collide.
struct TextTable: Sendable {
    private struct Entry {
        var offset: Int
        var count: Int
        var hash: UInt64
        var marks: UInt8
    }

    private var octets: [UInt8] = []
    private var entries: [Entry] = []
    /// Indices into `entries` plus 1; 0 is a free place. The count is a power of two, at least twice that of entries.
    private var places: [UInt32] = []

    var count: Int { entries.count }

    init() {}

    /// Adds a text, or marks to one that is there.
    mutating func insert(_ text: some Sequence<UInt8>, marks: UInt8 = 1) {
        let key = Array(text)
        key.withUnsafeBufferPointer { key in
            let hash = Self.hash(key)
            if let index = find(key, hash: hash) {
                entries[index].marks |= marks
                return
            }
            if (entries.count + 1) * 2 > places.count { grow() }
            entries.append(Entry(offset: octets.count, count: key.count, hash: hash, marks: marks))
            octets.append(contentsOf: key)
            place(entries.count - 1)
        }
    }

    /// The marks of a text; 0 when it is not in the table.
    func marks(of text: UnsafeBufferPointer<UInt8>) -> UInt8 {
        if entries.isEmpty { return 0 }
        return find(text, hash: Self.hash(text)).map { entries[$0].marks } ?? 0
    }

    private func find(_ key: UnsafeBufferPointer<UInt8>, hash: UInt64) -> Int? {
        if places.isEmpty { return nil }
        let mask = places.count - 1
        var position = Int(truncatingIfNeeded: hash) & mask
        while places[position] != 0 {
            let index = Int(places[position]) - 1
            let entry = entries[index]
            if entry.hash == hash, entry.count == key.count, equals(entry, key) { return index }
            position = (position + 1) & mask
        }
        return nil
    }

    private func equals(_ entry: Entry, _ key: UnsafeBufferPointer<UInt8>) -> Bool {
        octets.withUnsafeBufferPointer { octets in
            for i in 0..<entry.count where octets[entry.offset + i] != key[i] { return false }
            return true
        }
    }

    private mutating func grow() {
        places = [UInt32](repeating: 0, count: max(8, places.count * 2))
        for index in entries.indices { place(index) }
    }

    private mutating func place(_ index: Int) {
        let mask = places.count - 1
        var position = Int(truncatingIfNeeded: entries[index].hash) & mask
        while places[position] != 0 { position = (position + 1) & mask }
        places[position] = UInt32(truncatingIfNeeded: index + 1)
    }

    /// FNV-1a with a final mix, because the low bits choose the place.
    private static func hash(_ key: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for octet in key { hash = (hash ^ UInt64(octet)) &* 0x100_0000_01b3 }
        hash ^= hash >> 32
        return hash &* 0x9e37_79b9_7f4a_7c15
    }
}

import MailMessage

/// The names of the header fields that rules read, each with its slot: its place in the order in which they were added.
///
/// A hash table with open addressing, asked for each field of each message. Names come from the operator alone.
struct HeaderNames: Sendable {
    /// All names in lower case, one behind the other; where each ends; and its hash.
    private var octets: [UInt8] = []
    private var ends: [Int] = []
    private var hashes: [UInt32] = []
    /// Slots plus 1; 0 is a free place. The count is a power of two, at least twice that of the names.
    private var places: [UInt32] = [0]

    init() {}

    /// - Parameter names: In lower case, none of them twice.
    init(_ names: [String]) {
        while places.count < names.count * 2 { places.append(contentsOf: places) }
        for (slot, name) in names.enumerated() {
            octets.append(contentsOf: name.utf8)
            ends.append(octets.count)
            hashes.append(HeaderName.hash(name.utf8))
            var place = Int(hashes[slot]) & (places.count - 1)
            while places[place] != 0 { place = (place + 1) & (places.count - 1) }
            places[place] = UInt32(slot + 1)
        }
    }

    /// The slot of a name in any case; nil when no rule reads fields of that name.
    ///
    /// - Parameter hash: `HeaderName.hash` of the name.
    func slot(of name: UnsafeRawBufferPointer, hash: UInt32) -> Int? {
        var place = Int(hash) & (places.count - 1)
        while places[place] != 0 {
            let slot = Int(places[place]) - 1
            if hashes[slot] == hash, equals(slot, name) { return slot }
            place = (place + 1) & (places.count - 1)
        }
        return nil
    }

    private func equals(_ slot: Int, _ name: UnsafeRawBufferPointer) -> Bool {
        let start = slot == 0 ? 0 : ends[slot - 1]
        guard ends[slot] - start == name.count else { return false }
        for index in name.indices where octets[start + index] != Caseless.lowercase(name[index]) { return false }
        return true
    }
}

/// The names of the header fields that rules read, each with its slot: its place in the order in which they were added.
struct HeaderNames: Sendable {
    private var table = TextTable()
    /// A bit for each length that a name has, and for the lower five bits of each first octet: most fields are passed over
    /// by these alone. The last bit of lengths stands for all that are longer.
    private var lengths: UInt64 = 0
    private var initials: UInt32 = 0

    init() {}

    /// - Parameter names: In lower case, none of them twice.
    init(_ names: [String]) {
        for name in names {
            table.insert(name.utf8)
            lengths |= Self.length(name.utf8.count)
            initials |= Self.initial(name.utf8.first ?? 0)
        }
    }

    /// The slot of a name in any case; nil when no rule reads fields of that name.
    func slot(of name: UnsafeRawBufferPointer) -> Int? {
        guard let first = name.first, lengths & Self.length(name.count) != 0, initials & Self.initial(first) != 0 else {
            return nil
        }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: name.count) { lowercased in
            for i in name.indices { lowercased[i] = Caseless.lowercase(name[i]) }
            return table.place(of: UnsafeBufferPointer(lowercased))
        }
    }

    private static func length(_ count: Int) -> UInt64 { 1 << UInt64(min(count, 63)) }

    /// The same for an upper-case and a lower-case letter.
    private static func initial(_ octet: UInt8) -> UInt32 { 1 << UInt32(octet & 31) }
}

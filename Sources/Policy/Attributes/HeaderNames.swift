/// The names of the header fields that rules read, each with its slot: its place in the order in which they were added.
struct HeaderNames: Sendable {
    private var table = TextTable()

    init() {}

    /// - Parameter names: In lower case, none of them twice.
    init(_ names: [String]) {
        for name in names { table.insert(name.utf8) }
    }

    /// The slot of a name in any case; nil when no rule reads fields of that name.
    func slot(of name: UnsafeRawBufferPointer) -> Int? {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: name.count) { lowercased in
            for i in name.indices { lowercased[i] = Caseless.lowercase(name[i]) }
            return table.place(of: UnsafeBufferPointer(lowercased))
        }
    }
}

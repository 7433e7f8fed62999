/// The entries of a list as they are written, each with its place.
public enum ListEntries: Sendable {
    /// In the policy itself.
    case written([Located<String>])
    /// In a file of their own.
    case lines(ListText)

    public var count: Int {
        switch self {
        case .written(let entries): entries.count
        case .lines(let text): text.count
        }
    }
}

extension ListEntries: Sequence {
    public struct Iterator: IteratorProtocol {
        private var written: IndexingIterator<[Located<String>]>
        private var lines: ListText.Iterator?

        fileprivate init(_ entries: ListEntries) {
            switch entries {
            case .written(let entries):
                written = entries.makeIterator()
            case .lines(let text):
                written = [].makeIterator()
                lines = ListText.Iterator(text)
            }
        }

        public mutating func next() -> Located<String>? { lines?.next() ?? written.next() }
    }

    public func makeIterator() -> Iterator { Iterator(self) }
}

/// The difference between two texts, line by line.
struct LineDiff: Hashable, Sendable {
    enum Change: Hashable, Sendable {
        case kept(String)
        case removed(String)
        case added(String)

        /// The line behind ` `, `-` or `+`.
        var text: String {
            switch self {
            case .kept(let line): "  \(line)"
            case .removed(let line): "- \(line)"
            case .added(let line): "+ \(line)"
            }
        }

        var isKept: Bool { if case .kept = self { true } else { false } }
    }

    /// Every line of both, a removed one before what stands in its place.
    let changes: [Change]

    init(from before: [String], to after: [String]) {
        let difference = after.difference(from: before)
        var removed = Set<Int>()
        var added = Set<Int>()
        for change in difference {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): added.insert(offset)
            }
        }
        var changes: [Change] = []
        var (old, new) = (0, 0)
        while old < before.count || new < after.count {
            if old < before.count, removed.contains(old) {
                changes.append(.removed(before[old]))
                old += 1
            } else if new < after.count, added.contains(new) {
                changes.append(.added(after[new]))
                new += 1
            } else {
                changes.append(.kept(before[old]))
                (old, new) = (old + 1, new + 1)
            }
        }
        self.changes = changes
    }

    var isEmpty: Bool { changes.allSatisfy(\.isKept) }

    /// The changed lines alone, runs of kept ones counted; nothing when all were kept.
    var changedLines: [String] {
        guard !isEmpty else { return [] }
        var lines: [String] = []
        var kept = 0
        func endRun() {
            if kept > 0 { lines.append("  (\(kept) unchanged)") }
            kept = 0
        }
        for change in changes {
            if change.isKept {
                kept += 1
            } else {
                endRun()
                lines.append(change.text)
            }
        }
        endRun()
        return lines
    }
}

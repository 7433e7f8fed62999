/// Finds the known name that a misspelt one most likely meant.
public enum NearestName {
    /// The candidate nearest to `name`, or nil when none is near enough to be worth naming.
    ///
    /// Near enough is an edit distance of a third of the length of the longer name, and at least 1; case is ignored.
    /// Of several at the same distance the first is taken.
    public static func suggest(_ name: String, among candidates: some Sequence<String>) -> String? {
        let wanted = Array(name.lowercased().utf8.prefix(longestName))
        var best: (name: String, distance: Int)?
        for candidate in candidates {
            let known = Array(candidate.lowercased().utf8.prefix(longestName))
            let bound = max(1, max(wanted.count, known.count) / 3)
            guard abs(wanted.count - known.count) <= bound else { continue }
            let distance = editDistance(wanted, known)
            if distance <= bound, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.name
    }

    /// `; did you mean `X`?` for the end of a diagnostic, or nothing when no candidate is near.
    public static func hint(_ name: String, among candidates: some Sequence<String>) -> String {
        suggest(name, among: candidates).map { "; did you mean `\($0)`?" } ?? ""
    }

    /// Names are compared by their first octets alone, so that a long text in the place of a name costs little.
    private static let longestName = 64

    /// The number of insertions, deletions, replacements and swaps of neighbours that lead from one to the other.
    private static func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for i in left.indices {
            var row = [i + 1] + [Int](repeating: 0, count: right.count)
            for j in right.indices {
                let replaced = last[j] + (left[i] == right[j] ? 0 : 1)
                row[j + 1] = min(replaced, min(last[j + 1], row[j]) + 1)
                if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                    row[j + 1] = min(row[j + 1], beforeLast[j - 1] + 1)
                }
            }
            beforeLast = last
            last = row
        }
        return last[right.count]
    }
}

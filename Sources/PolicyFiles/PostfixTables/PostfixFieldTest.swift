import Policy

/// What must hold of one header field for an entry of a table to be the first that meets it.
///
/// Postfix tries the entries on each field and acts on the first that meets it; a policy tries each rule on all fields.
/// So a rule leaves out the fields that entries above it have met, unless those end the matter for the whole message.
struct PostfixFieldTest: Sendable {
    /// Patterns that are all found in the field; the entry's own comes first, so that its groups keep their numbers.
    private(set) var found: [PostfixPattern] = []
    /// Patterns of which none is found.
    private(set) var notFound: [String] = []
    private var known: Set<String> = []

    /// The test of an entry that leaves out the fields of the entries `above` it, and what rules before have `written`.
    init(
        of entry: PostfixPatternEntry, behind above: [PostfixPatternEntry], written: [PostfixWrittenField] = []
    ) throws(Diagnostic) {
        let own = Self.conditions(of: entry, sharing: [])
        for pattern in own { add(pattern) }
        for other in above {
            let conditions = Self.conditions(of: other, sharing: entry.guards.map(\.line))
            guard Self.canMeet(conditions, own) else { continue }
            if conditions.count == 1 {
                add(conditions[0].negated)
            } else {
                let all = try Self.combined(
                    conditions.filter { !$0.isNegated }, conditions.filter(\.isNegated).map(\.grouped)
                )
                insert(notFound: all)
            }
        }
        let names = own.lazy.filter { !$0.isNegated }.compactMap(\.fieldNames).first
        for field in written where field.name.map({ names?.contains($0) ?? true }) ?? true {
            insert(notFound: field.pattern)
        }
    }

    /// The patterns of `found` as one.
    func matches() throws(Diagnostic) -> String? {
        found.count > 1 ? try Self.combined(found, []) : found.first?.source
    }

    /// The whole test as one pattern, with the groups of the entry's own pattern.
    func pattern() throws(Diagnostic) -> String {
        if found.count == 1, notFound.isEmpty { return found[0].source }
        return try Self.combined(found, notFound.map { "(?:\($0))" })
    }

    private mutating func add(_ pattern: PostfixPattern) {
        if pattern.isNegated { return insert(notFound: pattern.source) }
        if !found.contains(where: { $0.source == pattern.source }) { found.append(pattern) }
    }

    private mutating func insert(notFound source: String) {
        if known.insert(source).inserted { notFound.append(source) }
    }

    /// The patterns of an entry, then those of the IFs around it that are not known to hold.
    private static func conditions(of entry: PostfixPatternEntry, sharing lines: [Int]) -> [PostfixPattern] {
        let guards = entry.guards.filter { !lines.contains($0.line) }.map(\.pattern)
        // `IF /^X-/` around `/^X-Spam:/` says nothing new.
        return entry.patterns + guards.filter { !entry.patterns[0].implies($0) }
    }

    /// Whether a field could meet both, as far as the names of fields tell.
    private static func canMeet(_ left: [PostfixPattern], _ right: [PostfixPattern]) -> Bool {
        let left = left.filter { !$0.isNegated }
        return right.filter { !$0.isNegated }.allSatisfy { pattern in left.allSatisfy { $0.canMeet(pattern) } }
    }

    /// One pattern that is found where all of the first and none of the second are, and takes the whole field.
    private static func combined(_ found: [PostfixPattern], _ notFound: [String]) throws(Diagnostic) -> String {
        if let pattern = found.dropFirst().first(where: \.hasReferences) {
            throw .warning(
                at: pattern.location, "a pattern with references to its groups cannot be joined with another pattern"
            )
        }
        return "(?s)\\A" + found.map { "(?=.*?\($0.grouped))" }.joined()
            + notFound.map { "(?!.*?\($0))" }.joined() + ".*"
    }
}

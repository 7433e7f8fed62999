import Patterns

/// What rules ask of one attribute, so that its values need be looked at once.
struct Probe: Sendable {
    let attribute: Attribute
    /// The rules that ask for a value, whatever it is.
    private var present: [Int32] = []
    private var values = ValueIndex()
    /// Sets too large to be taken apart, with the rules that ask for each.
    private var sets: [(set: SharedSet, rules: [Int32])] = []
    private var setPlaces: [ObjectIdentifier: Int] = [:]
    /// The rules that ask for a pattern, by its place in the pattern set.
    private var sought: [Int: [Int32]] = [:]
    private var searching: [Int32] = []
    /// All of these rules.
    private var rules: [Int32] = []

    init(_ attribute: Attribute) {
        self.attribute = attribute
    }

    mutating func insert(_ set: SharedSet, for rule: Int32) {
        rules.append(rule)
        if set.values.count <= ValueIndex.largestSet { return values.insert(set.values, for: rule) }
        if let place = setPlaces[ObjectIdentifier(set)] { return sets[place].rules.append(rule) }
        setPlaces[ObjectIdentifier(set)] = sets.count
        sets.append((set, [rule]))
    }

    /// Takes large sets apart, too, the smallest first, where there are so many that asking each would take long.
    mutating func finish() {
        sets.sort { $0.set.values.count > $1.set.values.count }
        var room = Self.entriesTakenApart
        while sets.count > Self.setsAsked, let smallest = sets.last, smallest.set.values.count <= room {
            room -= smallest.set.values.count
            for rule in smallest.rules { values.insert(smallest.set.values, for: rule) }
            sets.removeLast()
        }
        setPlaces = [:]
    }

    /// Large sets that are asked one after the other.
    private static let setsAsked = 8
    /// The entries that large sets may have in all to be taken apart: each then stands in memory twice.
    private static let entriesTakenApart = 2_000_000

    mutating func insert(patternAt place: Int, for rule: Int32) {
        rules.append(rule)
        sought[place, default: []].append(rule)
        searching.append(rule)
    }

    mutating func insertPresence(for rule: Int32) {
        rules.append(rule)
        present.append(rule)
    }

    /// Selects the rules for which something is seen of the attribute.
    func select(
        _ reader: inout AttributeReader,
        _ facts: Facts,
        _ patterns: PatternSet?,
        into selection: inout RuleSelection
    ) {
        do throws(EvaluationFailure) {
            _ = try reader.anyValue(of: attribute, facts) { value in
                selection.insert(present)
                if !values.isEmpty { values.select(value, into: &selection) }
                for entry in sets where entry.set.values.contains(value) { selection.insert(entry.rules) }
                if !sought.isEmpty { search(value.text, patterns, &selection) }
                return false
            }
        } catch {
            // The rules that ask for the attribute cannot be answered either, and say so.
            selection.insert(rules)
        }
    }

    private func search(_ text: String, _ patterns: PatternSet?, _ selection: inout RuleSelection) {
        // A longer text fails the rules that search it, so they must be tried.
        guard text.utf8.count <= MatchLimits.subjectOctets, let patterns else { return selection.insert(searching) }
        let isSearched = patterns.search(text) { place in
            if let rules = sought[place] { selection.insert(rules) }
        }
        if !isSearched { selection.insert(searching) }
    }
}

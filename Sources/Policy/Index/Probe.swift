import Patterns

/// What rules ask of one attribute, so that its values need be looked at once.
struct Probe: Sendable {
    let attribute: Attribute
    /// The rules that ask for a value, whatever it is.
    private var present: [Int32] = []
    private var values = ValueIndex()
    /// Sets too large to be taken apart, with the rule that asks for each.
    private var sets: [(set: ValueSet, rule: Int32)] = []
    /// The rules that ask for a pattern, by its place in the pattern set.
    private var sought: [Int: [Int32]] = [:]
    private var searching: [Int32] = []
    /// All of these rules.
    private var rules: [Int32] = []

    init(_ attribute: Attribute) {
        self.attribute = attribute
    }

    mutating func insert(_ set: ValueSet, for rule: Int32) {
        rules.append(rule)
        if set.count <= ValueIndex.largestSet { values.insert(set, for: rule) } else { sets.append((set, rule)) }
    }

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
                for entry in sets where entry.set.contains(value) { selection.insert(Int(entry.rule)) }
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

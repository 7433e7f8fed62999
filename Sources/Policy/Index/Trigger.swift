import Patterns

/// Something that must be seen of an attribute before a condition can hold.
enum Trigger: Sendable {
    /// A value of the attribute is in this set.
    case member(Attribute, SharedSet)
    /// A pattern or a plain text is found in a value of the attribute.
    case found(Attribute, SoughtText)
    /// The attribute has a value.
    case present(Attribute)

    /// How much it costs to look for, and how seldom it is seen, as a rank.
    enum Rank: Int, Comparable {
        case lookup, search, list, presence

        static func < (left: Rank, right: Rank) -> Bool { left.rawValue < right.rawValue }
    }

    var rank: Rank {
        switch self {
        case .member(_, let set): set.values.count <= ValueIndex.largestSet ? .lookup : .list
        case .found: .search
        case .present: .presence
        }
    }
}

extension Condition {
    /// What may be looked for instead of trying the condition: in each choice are triggers of which at least one is seen
    /// whenever the condition holds. None when there is nothing to look for.
    ///
    /// Of conditions that must all hold, any one stands for all. A condition that could not be answered where its trigger
    /// was not seen counts as one that does not hold.
    var triggerChoices: [[Trigger]] {
        switch self {
        case .all(let conditions):
            return conditions.flatMap(\.triggerChoices)
        case .any(let conditions):
            var all: [Trigger] = []
            for condition in conditions {
                guard let best = condition.triggerChoices.min(by: { Trigger.rank($0) < Trigger.rank($1) }) else {
                    return []
                }
                all += best
            }
            return [all]
        case .none:
            return []
        case .test(let test):
            return test.triggerChoices
        }
    }
}

extension Trigger {
    /// The rank of triggers that must all be looked for.
    static func rank(_ triggers: [Trigger]) -> Rank {
        triggers.map(\.rank).max() ?? .lookup
    }
}

extension AttributeTest {
    fileprivate var triggerChoices: [[Trigger]] {
        if exists == false { return [] }
        // A count is a value of fields that there are none of.
        if case .header(_, .count) = attribute { return [] }
        let choices = matchers.compactMap { $0.triggers(of: attribute) }
        // Most messages have values of all attributes but header fields.
        if choices.isEmpty, case .header = attribute { return [[.present(attribute)]] }
        return choices
    }
}

extension ValueMatcher {
    fileprivate func triggers(of attribute: Attribute) -> [Trigger]? {
        switch self {
        case .member(let set): return [.member(attribute, set)]
        case .plain(let texts): return screened(texts.map(\.sought), of: attribute)
        case .matches(let patterns): return screened(patterns.map(SoughtText.init), of: attribute)
        case .notMember, .number, .matchesNot: return nil
        }
    }

    private func screened(_ sought: [SoughtText], of attribute: Attribute) -> [Trigger]? {
        sought.allSatisfy(\.canBeScreened) ? sought.map { .found(attribute, $0) } : nil
    }
}

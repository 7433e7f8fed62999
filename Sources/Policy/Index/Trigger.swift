import Patterns

/// Something that must be seen of an attribute before a condition can hold.
enum Trigger: Sendable {
    /// A value of the attribute is in this set.
    case member(Attribute, ValueSet)
    /// A pattern or a plain text is found in a value of the attribute.
    case found(Attribute, SoughtText)
    /// The attribute has a value.
    case present(Attribute)

    /// How much it costs to look for, and how seldom it is seen, as a rank.
    fileprivate enum Rank: Int, Comparable {
        case lookup, search, list, presence, never

        static func < (left: Rank, right: Rank) -> Bool { left.rawValue < right.rawValue }
    }

    fileprivate var rank: Rank {
        switch self {
        case .member(_, let set): set.count <= ValueIndex.largestSet ? .lookup : .list
        case .found: .search
        case .present: .presence
        }
    }
}

extension Condition {
    /// Triggers of which at least one is seen whenever the condition holds; nil when there is nothing to look for.
    ///
    /// Of conditions that must all hold those of the best one stand for all. A condition that could not be answered
    /// where its trigger was not seen counts as one that does not hold.
    var triggers: [Trigger]? {
        switch self {
        case .all(let conditions):
            return conditions.compactMap(\.triggers).min { Self.rank($0) < Self.rank($1) }
        case .any(let conditions):
            var all: [Trigger] = []
            for condition in conditions {
                guard let triggers = condition.triggers else { return nil }
                all += triggers
            }
            return all
        case .none:
            return nil
        case .test(let test):
            return test.triggers
        }
    }

    fileprivate static func rank(_ triggers: [Trigger]) -> Trigger.Rank {
        triggers.map(\.rank).max() ?? .lookup
    }
}

extension AttributeTest {
    fileprivate var triggers: [Trigger]? {
        if exists == false { return nil }
        // A count is a value of fields that there are none of.
        if case .header(_, .count) = attribute { return nil }
        let candidates = matchers.compactMap { $0.triggers(of: attribute) }
        if let best = candidates.min(by: { Condition.rank($0) < Condition.rank($1) }) { return best }
        // Most messages have values of all other attributes.
        if case .header = attribute { return [.present(attribute)] }
        return nil
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

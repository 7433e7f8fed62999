extension Condition {
    /// Whether the condition holds. What the last pattern that held found is left in `groups`.
    func holds(
        _ reader: inout AttributeReader,
        _ facts: Facts,
        _ groups: inout FoundGroups
    ) throws(EvaluationFailure) -> Bool {
        switch self {
        case .all(let conditions):
            for condition in conditions where try !condition.holds(&reader, facts, &groups) { return false }
            return true
        case .any(let conditions):
            for condition in conditions where try condition.holds(&reader, facts, &groups) { return true }
            return false
        case .none(let conditions):
            var ignored = FoundGroups(areWanted: false)
            for condition in conditions where try condition.holds(&reader, facts, &ignored) { return false }
            return true
        case .test(let test):
            return try test.holds(&reader, facts, &groups)
        }
    }

    /// The tests that kept the condition from holding, with the values seen. Meant for conditions that do not hold.
    func failures(_ reader: inout AttributeReader, _ facts: Facts) -> [EvaluationTrace.FailedCondition] {
        switch self {
        case .all(let conditions):
            for condition in conditions where !condition.isHolding(&reader, facts) {
                return condition.failures(&reader, facts)
            }
            return []
        case .any(let conditions):
            return conditions.flatMap { $0.failures(&reader, facts) }
        case .none(let conditions):
            for condition in conditions where condition.isHolding(&reader, facts) {
                return condition.reasons(&reader, facts)
            }
            return []
        case .test(let test):
            return [test.finding(&reader, facts, isExclusion: false)]
        }
    }

    /// The tests by which the condition holds, with the values seen. Meant for conditions that hold.
    private func reasons(_ reader: inout AttributeReader, _ facts: Facts) -> [EvaluationTrace.FailedCondition] {
        switch self {
        case .all(let conditions):
            return conditions.flatMap { $0.reasons(&reader, facts) }
        case .any(let conditions):
            for condition in conditions where condition.isHolding(&reader, facts) {
                return condition.reasons(&reader, facts)
            }
            return []
        case .none:
            return []
        case .test(let test):
            return [test.finding(&reader, facts, isExclusion: true)]
        }
    }

    private func isHolding(_ reader: inout AttributeReader, _ facts: Facts) -> Bool {
        var groups = FoundGroups(areWanted: false)
        return (try? holds(&reader, facts, &groups)) ?? false
    }
}

extension AttributeTest {
    func holds(
        _ reader: inout AttributeReader,
        _ facts: Facts,
        _ groups: inout FoundGroups
    ) throws(EvaluationFailure) -> Bool {
        if let exists, reader.exists(attribute, facts) != exists { return false }
        if matchers.isEmpty { return true }
        return try reader.anyValue(of: attribute, facts) { value throws(EvaluationFailure) in
            // What is found of a value that fails later does not count.
            let before = groups.match
            for matcher in matchers where try !matcher.holds(value, &groups) {
                groups.match = before
                return false
            }
            return true
        }
    }

    /// The values of the attribute, bounded and fit to be printed.
    fileprivate func finding(
        _ reader: inout AttributeReader,
        _ facts: Facts,
        isExclusion: Bool
    ) -> EvaluationTrace.FailedCondition {
        let seen = reader.values(of: attribute, facts).prefix(10).map { PeerText.forLog($0.text) }
        return EvaluationTrace.FailedCondition(condition: text, isExclusion: isExclusion, seen: Array(seen))
    }
}

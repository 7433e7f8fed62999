extension Condition {
    /// Whether the condition holds. What the last pattern that held found is left in `groups`.
    ///
    /// A test that cannot be answered fails the condition only where its answer matters: not beside one that decides.
    func holds(
        _ reader: inout AttributeReader,
        _ facts: Facts,
        _ groups: inout FoundGroups
    ) throws(EvaluationFailure) -> Bool {
        switch self {
        case .all(let conditions):
            return try !Self.contains(false, conditions, &reader, facts, &groups)
        case .any(let conditions):
            return try Self.contains(true, conditions, &reader, facts, &groups)
        case .none(let conditions):
            var ignored = FoundGroups(areWanted: false)
            return try !Self.contains(true, conditions, &reader, facts, &ignored)
        case .test(let test):
            return try test.holds(&reader, facts, &groups)
        }
    }

    /// Whether one of some conditions comes out as wanted; a failure when none does and one could not be answered.
    private static func contains(
        _ wanted: Bool,
        _ conditions: [Condition],
        _ reader: inout AttributeReader,
        _ facts: Facts,
        _ groups: inout FoundGroups
    ) throws(EvaluationFailure) -> Bool {
        var failure: EvaluationFailure?
        for condition in conditions {
            do throws(EvaluationFailure) {
                if try condition.holds(&reader, facts, &groups) == wanted { return true }
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return false
    }

    /// The tests that kept the condition from holding, with the values seen. Meant for conditions that do not hold.
    func failures(_ reader: inout AttributeReader, _ facts: Facts) -> [EvaluationTrace.Finding] {
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
                return condition.reasons(&reader, facts, as: .excluded)
            }
            return []
        case .test(let test):
            return [test.finding(&reader, facts, as: .missed)]
        }
    }

    /// The tests by which the condition holds, with the values seen. Meant for conditions that hold.
    func reasons(
        _ reader: inout AttributeReader,
        _ facts: Facts,
        as role: EvaluationTrace.Finding.Role = .met
    ) -> [EvaluationTrace.Finding] {
        switch self {
        case .all(let conditions):
            return conditions.flatMap { $0.reasons(&reader, facts, as: role) }
        case .any(let conditions):
            for condition in conditions where condition.isHolding(&reader, facts) {
                return condition.reasons(&reader, facts, as: role)
            }
            return []
        case .none:
            return []
        case .test(let test):
            return [test.finding(&reader, facts, as: role)]
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
        if let exists, try reader.exists(attribute, facts) != exists { return false }
        if matchers.isEmpty { return true }
        return try reader.anyValue(of: attribute, facts) { value throws(EvaluationFailure) in
            guard matchers.count > 1 else { return try matchers[0].holds(value, &groups) }
            // What is found of a value that fails later does not count.
            let before = groups.match
            for matcher in matchers where try !matcher.holds(value, &groups) {
                groups.match = before
                return false
            }
            return true
        }
    }

    /// The values of the attribute that matter, bounded and fit to be printed.
    fileprivate func finding(
        _ reader: inout AttributeReader,
        _ facts: Facts,
        as role: EvaluationTrace.Finding.Role
    ) -> EvaluationTrace.Finding {
        let values = reader.values(of: attribute, facts).filter { role == .missed || isMet(by: $0) }
        let seen = values.prefix(10).map { PeerText.forLog($0.text) }
        return EvaluationTrace.Finding(role: role, condition: text, seen: Array(seen))
    }

    private func isMet(by value: AttributeValue) -> Bool {
        var groups = FoundGroups(areWanted: false)
        return matchers.allSatisfy { (try? $0.holds(value, &groups)) ?? false }
    }
}

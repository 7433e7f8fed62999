import Patterns

/// What is asked of one value of an attribute.
enum ValueMatcher: Sendable {
    case member(SharedSet)
    case notMember(SharedSet)
    case number(NumberComparison, Int)
    case plain([PlainText])
    /// Any of the patterns is found.
    case matches([Pattern])
    /// None of the patterns is found.
    case matchesNot([Pattern])

    /// Whether a value is as asked. What a pattern found is left in `groups`.
    func holds(_ value: AttributeValue, _ groups: inout FoundGroups) throws(EvaluationFailure) -> Bool {
        switch self {
        case .member(let set): return set.values.contains(value)
        case .notMember(let set): return !set.values.contains(value)
        case .number(let comparison, let operand):
            guard case .number(let number) = value else { return false }
            return comparison.holds(number, operand)
        case .plain(let texts):
            let value = value.text
            for text in texts where try text.isFound(in: value) { return true }
            return false
        case .matches(let patterns):
            let value = value.text
            for pattern in patterns where try groups.find(pattern, in: value) { return true }
            return false
        case .matchesNot(let patterns):
            let value = value.text
            for pattern in patterns where try pattern.isFound(in: value) { return false }
            return true
        }
    }
}

/// The groups of the last pattern that held, kept only for rules whose texts ask for them.
struct FoundGroups {
    let areWanted: Bool
    var match: PatternMatch?

    init(areWanted: Bool) {
        self.areWanted = areWanted
    }

    mutating func find(_ pattern: Pattern, in text: String) throws(EvaluationFailure) -> Bool {
        guard areWanted else { return try pattern.isFound(in: text) }
        guard let found = try pattern.find(in: text) else { return false }
        match = found
        return true
    }
}

/// How a number is compared with an operand.
enum NumberComparison: String, CaseIterable, Sendable {
    case over
    case under
    case atLeast = "at-least"
    case atMost = "at-most"

    func holds(_ number: Int, _ operand: Int) -> Bool {
        switch self {
        case .over: number > operand
        case .under: number < operand
        case .atLeast: number >= operand
        case .atMost: number <= operand
        }
    }
}

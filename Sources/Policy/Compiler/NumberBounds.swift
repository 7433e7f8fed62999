/// The numbers that several comparisons leave.
struct NumberBounds {
    private var least = Int.min
    private var most = Int.max

    /// Whether no number is left.
    var isEmpty: Bool { least > most }

    /// The bounds of matchers that must all hold of one value; matchers of other kinds leave them as they are.
    init(_ matchers: [ValueMatcher]) {
        for case .number(let comparison, let operand) in matchers {
            switch comparison {
            case .atLeast: least = max(least, operand)
            case .atMost: most = min(most, operand)
            case .over:
                least = max(least, operand == .max ? .max : operand + 1)
                if operand == .max { most = .min }
            case .under:
                most = min(most, operand == .min ? .min : operand - 1)
                if operand == .min { least = .max }
            }
        }
    }
}

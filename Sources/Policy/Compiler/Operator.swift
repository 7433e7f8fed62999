/// An operator that stands between an attribute and its operands.
enum Operator: String, CaseIterable, Sendable {
    case `is`
    case `in`
    case notIn = "not-in"
    case matches
    case notMatches = "not-matches"
    case contains
    case startsWith = "starts-with"
    case endsWith = "ends-with"
    case over
    case under
    case atLeast = "at-least"
    case atMost = "at-most"
    case exists

    /// Whether the operator means something for values of a kind.
    func fits(_ kind: AttributeKind) -> Bool {
        switch (self, kind) {
        case (.is, _), (.exists, _): true
        case (.in, .flag), (.notIn, .flag): false
        case (.in, _), (.notIn, _): true
        case (.over, .number), (.under, .number), (.atLeast, .number), (.atMost, .number): true
        case (.over, .size), (.under, .size), (.atLeast, .size), (.atMost, .size): true
        case (.over, .weekday), (.under, .weekday), (.atLeast, .weekday), (.atMost, .weekday): true
        case (.over, _), (.under, _), (.atLeast, _), (.atMost, _): false
        case (_, .text), (_, .label), (_, .domain), (_, .mailbox): true
        case (_, .word), (_, .network), (_, .number), (_, .size), (_, .weekday), (_, .flag): false
        }
    }

    /// The operators that fit a kind, for diagnostics.
    static func fitting(_ kind: AttributeKind) -> [String] {
        allCases.filter { $0.fits(kind) }.map(\.rawValue)
    }
}

import SMTPProtocol

/// What must hold for a rule to act, compiled.
indirect enum Condition: Sendable {
    /// Every one holds; of none at all, this holds.
    case all([Condition])
    /// At least one holds.
    case any([Condition])
    /// Not a single one holds: `none` and `unless`.
    case none([Condition])
    case test(AttributeTest)

    /// Whether this holds whatever the facts are.
    var isAlways: Bool {
        if case .all(let conditions) = self { return conditions.allSatisfy(\.isAlways) }
        return false
    }

    /// The attributes that are read.
    var attributes: [Attribute] {
        switch self {
        case .all(let conditions), .any(let conditions), .none(let conditions): conditions.flatMap(\.attributes)
        case .test(let test): [test.attribute]
        }
    }
}

/// A question about one attribute.
struct AttributeTest: Sendable {
    var attribute: Attribute
    /// What is asked of whether there is a value; nil when it is not asked.
    var exists: Bool?
    /// Holds when one value of the attribute satisfies every one of these.
    var matchers: [ValueMatcher]
    /// The test as it is written, for traces.
    var text: String
}

import SMTPProtocol

/// What must hold for a rule to act, compiled.
enum Condition: Sendable {
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
///
/// A class, so that trying a rule copies one reference and not what the question is made of.
final class AttributeTest: Sendable {
    let attribute: Attribute
    /// What is asked of whether there is a value; nil when it is not asked.
    let exists: Bool?
    /// Holds when one value of the attribute satisfies every one of these.
    let matchers: [ValueMatcher]
    /// The test as it is written, for traces.
    let text: String

    init(attribute: Attribute, exists: Bool?, matchers: [ValueMatcher], text: String) {
        self.attribute = attribute
        self.exists = exists
        self.matchers = matchers
        self.text = text
    }
}

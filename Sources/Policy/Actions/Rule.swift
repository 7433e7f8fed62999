/// A rule as it is run.
struct Rule: Sendable {
    var reference: RuleReference
    var location: SourceLocation
    var stage: Stage
    var condition: Condition
    var actions: [Action]
    /// Whether a text of the rule asks for what a pattern of its conditions found.
    var usesGroups: Bool

    /// Whether the rule could keep something from being passed on.
    var canRefuse: Bool { actions.contains(where: \.isRefusal) }

    /// Whether the rule's conditions or texts read an attribute.
    func reads(_ attribute: Attribute) -> Bool {
        condition.attributes.contains(attribute) || actions.contains { $0.attributes.contains(attribute) }
    }
}

import MailMessage

/// A rule as it is run.
///
/// A class, so that trying a rule copies one reference and not what the rule is made of.
final class Rule: Sendable {
    let reference: RuleReference
    let location: SourceLocation
    let stage: Stage
    let condition: Condition
    /// What is asked of how often the conditions hold.
    let rate: RateTest?
    let actions: [Action]
    /// Whether a text of the rule asks for what a pattern of its conditions found.
    let usesGroups: Bool
    /// Whether the rule could decide if, or to whom, something is passed on.
    let failsClosed: Bool

    init(
        reference: RuleReference,
        location: SourceLocation,
        stage: Stage,
        condition: Condition,
        rate: RateTest? = nil,
        actions: [Action],
        usesGroups: Bool
    ) {
        self.reference = reference
        self.location = location
        self.stage = stage
        self.condition = condition
        self.rate = rate
        self.actions = actions
        self.usesGroups = usesGroups
        failsClosed = actions.contains(where: \.failsClosed)
    }

    /// Whether the rule edits the content, or the header section once all of the message has come, so that it is held
    /// until then.
    var holdsMessage: Bool {
        guard !reference.isMonitor else { return false }
        return actions.contains { $0.contentInterests != nil || (stage == .message && $0.editsHeader) }
    }

    /// What the content must be scanned for; nil when the rule does not ask for it.
    var contentInterests: MIMEScanner.Interests? {
        let read = condition.attributes + (rate?.parts.map(\.attribute) ?? []) + actions.flatMap(\.attributes)
        let interests = read.compactMap(\.contentInterests) + actions.compactMap(\.contentInterests)
        return interests.isEmpty ? nil : interests.reduce([]) { $0.union($1) }
    }

    /// Whether the rule's conditions or texts read an attribute.
    func reads(_ attribute: Attribute) -> Bool {
        condition.attributes.contains(attribute) || rate?.parts.contains { $0.attribute == attribute } == true
            || actions.contains { $0.attributes.contains(attribute) }
    }
}

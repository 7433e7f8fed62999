/// What stands in braces in a text and is neither an attribute nor a group of a pattern.
enum TextPlace: String, CaseIterable, Hashable, Sendable {
    /// The name of the rule.
    case rule
    /// The name of the rule's policy.
    case policy
    /// The date and time in the form of a Date field [RFC 5322, 3.3].
    case now
    /// The identifier under which the log tells of the transaction; before MAIL, and of single commands, the session's.
    case id
    /// The name that Gatepost gives itself.
    case hostname
    /// The stage at which the rule runs.
    case stage

    /// What the place stands for; nil for the names that are known when a policy is loaded.
    func text(at stage: Stage, _ facts: Facts) -> String? {
        switch self {
        case .rule, .policy: nil
        case .now: CalendarDate(facts.now).messageDate
        case .id: stage < .mail ? facts.sessionIdentifier : facts.transactionIdentifier
        case .hostname: facts.hostname
        case .stage: stage.name
        }
    }
}

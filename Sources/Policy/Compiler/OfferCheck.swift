/// A rule that asks for AUTH, which this version does not offer, never holds; one that requires it always refuses.
enum OfferCheck {
    static func run(_ compilation: Compilation) {
        for rule in compilation.rules where rule.mode == .enforce {
            for action in rule.actions { warn(of: action, compilation) }
        }
        for rule in compilation.rules where rule.mode != .off && neverHolds(rule) {
            let use = rule.reads.first { AttributeTable.notOffered[$0.traits.attribute] != nil }
            guard let use, let what = AttributeTable.notOffered[use.traits.attribute] else { continue }
            compilation.warning(
                at: use.location,
                "the rule `\(rule.source.name.value)` never holds: this version does not offer \(what), so that "
                    + "`\(use.name)` never has a value"
            )
        }
    }

    private static func neverHolds(_ rule: RuleDraft) -> Bool {
        rule.condition.outcomeWithoutOffers == false
            || rule.rate?.parts.contains { AttributeTable.notOffered[$0.attribute] != nil } == true
    }

    private static func warn(of action: ActionDraft, _ compilation: Compilation) {
        guard action.name == .requireAuth else { return }
        compilation.warning(
            at: action.location,
            "`\(action.name.rawValue)` refuses whatever the rule holds for: this version does not offer AUTH"
        )
    }
}

extension Condition {
    /// Whether the condition holds as far as that follows from what is not offered; nil when it depends on the facts.
    fileprivate var outcomeWithoutOffers: Bool? {
        switch self {
        case .all(let conditions): Self.outcome(of: conditions, decidedBy: false)
        case .any(let conditions): Self.outcome(of: conditions, decidedBy: true)
        case .none(let conditions): Self.outcome(of: conditions, decidedBy: true).map(!)
        case .test(let test): test.outcomeWithoutOffers
        }
    }

    private static func outcome(of conditions: [Condition], decidedBy decision: Bool) -> Bool? {
        let outcomes = conditions.map(\.outcomeWithoutOffers)
        if outcomes.contains(decision) { return decision }
        return outcomes.contains(nil) ? nil : !decision
    }
}

extension AttributeTest {
    fileprivate var outcomeWithoutOffers: Bool? {
        guard AttributeTable.notOffered[attribute] != nil else { return nil }
        return exists == false
    }
}

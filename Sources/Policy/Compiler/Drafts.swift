import Patterns

/// A policy while it is compiled.
final class PolicyDraft {
    let source: PolicySource
    let rules: [RuleDraft]
    let lists: [ListDraft]
    var mode: RuleMode = .enforce

    init(_ source: PolicySource) {
        self.source = source
        rules = source.rules.map { RuleDraft($0, policy: source.name.value) }
        lists = source.lists.map(ListDraft.init)
    }

    func list(named name: String) -> ListDraft? {
        lists.first { $0.source.name.value == name }
    }
}

/// A rule while it is compiled.
final class RuleDraft {
    let source: RuleSource
    let policy: String
    var mode: RuleMode = .enforce

    var condition: Condition = .all([])
    var rate: RateTest?
    var actions: [ActionDraft] = []
    /// The attributes that the conditions read, where they are written.
    var reads: [AttributeUse] = []
    /// The attributes that stand in texts, where the texts are written.
    var placeholders: [AttributeUse] = []
    /// The tags that the conditions compare with; nil stands for any tag.
    var tagsRead: [Located<String>?] = []
    /// The names that the conditions compare the listener with.
    var listenersRead: [Located<String>] = []
    var usesGroups = false
    /// The patterns whose groups texts may ask for.
    var groupPatterns: [GroupPattern] = []
    /// The patterns of its conditions and actions, where they are written.
    var patterns: [Located<Pattern>] = []

    var stage: Stage = .connect
    /// The actions as they are run, made once the stage is known.
    var finished: [Action] = []

    init(_ source: RuleSource, policy: String) {
        self.source = source
        self.policy = policy
    }

    var location: SourceLocation { source.name.location }

    var terminal: ActionDraft? { actions.first { $0.name.isTerminal } }

    /// The tags that the rule sets.
    var tagsSet: [Located<String>] {
        actions.flatMap { action -> [Located<String>] in
            if case .tag(let tags) = action.content { return tags }
            return []
        }
    }

    func compiled() -> Rule? {
        guard mode != .off else { return nil }
        return Rule(
            reference: RuleReference(policy: policy, rule: source.name.value, isMonitor: mode == .monitor),
            location: location,
            stage: stage,
            condition: condition,
            rate: rate,
            actions: finished,
            usesGroups: usesGroups
        )
    }
}

/// An attribute at the place where a rule names it.
struct AttributeUse {
    var name: String
    var traits: AttributeTraits
    var location: SourceLocation
}

/// A named list while the policies are compiled.
final class ListDraft {
    let source: ListSource
    var isUsed = false
    /// The list in the forms in which rules look values up in it.
    var sets: [AttributeKind: SharedSet] = [:]

    init(_ source: ListSource) {
        self.source = source
    }
}

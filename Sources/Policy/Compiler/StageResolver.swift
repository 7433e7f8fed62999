/// Finds the stage at which each rule runs: the latest among those of the attributes that it reads, those that its
/// actions need, and the one that `at` asks for.
///
/// A tag is known once every rule that sets it had its say, so the stages of rules can depend on each other; they are
/// moved later until none moves any more. What a rule then lacks at its stage is for `PlacementCheck` to find.
enum StageResolver {
    static func run(_ compilation: Compilation) {
        let rules = compilation.rules
        for rule in rules { rule.stage = ownStage(rule) }
        let setters = settersByTag(rules)
        var isSettled = false
        while !isSettled {
            isSettled = true
            for rule in rules where rule.stage != .command {
                let known = rule.tagsRead.flatMap { tag in
                    (tag.map { setters[$0.value] ?? [] } ?? setters.values.flatMap { $0 })
                        .filter { $0 !== rule }.map { tagStage($0) }
                }
                if let latest = known.max(), latest > rule.stage {
                    rule.stage = latest
                    isSettled = false
                }
            }
        }
        for rule in rules { apply(rule.source.stage, to: rule, compilation) }
    }

    /// The stage of a rule's attributes and actions alone.
    static func ownStage(_ rule: RuleDraft) -> Stage {
        if isForCommands(rule) { return .command }
        let attributes = rule.reads.map(\.traits.stage)
        let actions = rule.actions.compactMap { $0.name.stages.first }
        return (attributes + actions).max() ?? .connect
    }

    /// Whether a rule judges single commands.
    static func isForCommands(_ rule: RuleDraft) -> Bool {
        rule.reads.contains { $0.traits.stage == .command }
            || rule.actions.contains { $0.name == .reply }
            || rule.source.stage?.value == Stage.command.name
    }

    /// The stage from which on a tag that a rule sets is known; single commands may come before any transaction.
    private static func tagStage(_ setter: RuleDraft) -> Stage {
        setter.stage == .command ? .connect : setter.stage
    }

    private static func settersByTag(_ rules: [RuleDraft]) -> [String: [RuleDraft]] {
        var setters: [String: [RuleDraft]] = [:]
        for rule in rules {
            for tag in rule.tagsSet { setters[tag.value, default: []].append(rule) }
        }
        return setters
    }

    /// Puts a rule at the stage that it asks for, unless that is too early.
    private static func apply(_ wanted: Located<String>?, to rule: RuleDraft, _ compilation: Compilation) {
        guard let wanted else { return }
        guard let stage = Stage(name: wanted.value) else {
            let names = Stage.allCases.map(\.name)
            compilation.error(
                at: wanted.location,
                "unknown stage `\(wanted.value)`; expected one of \(names.joined(separator: ", "))"
                    + NearestName.hint(wanted.value, among: names)
            )
            return
        }
        if rule.stage == .command || stage == .command {
            if rule.stage != stage {
                compilation.error(
                    at: wanted.location, "`at: \(stage)` cannot be: the rule judges single commands, at `command`"
                )
            }
        } else if stage < rule.stage {
            compilation.error(
                at: wanted.location, "`at: \(stage)` is too early: " + reason(for: rule)
            )
        } else {
            rule.stage = stage
        }
    }

    /// What holds a rule at its stage, for diagnostics.
    static func reason(for rule: RuleDraft) -> String {
        if let use = rule.reads.first(where: { $0.traits.stage == rule.stage }) {
            return "`\(use.name)` is known at `\(rule.stage)`"
        }
        if let action = rule.actions.first(where: { $0.name.stages.first == rule.stage }), rule.stage != .connect {
            return "`\(action.name.rawValue)` acts at `\(rule.stage)`"
        }
        if rule.source.stage?.value != rule.stage.name, !rule.tagsRead.isEmpty {
            return "its tag is set at `\(rule.stage)`"
        }
        return "`at: \(rule.stage)` puts it there"
    }
}

/// At the stage of each rule its attributes are known, its placeholders too, and its actions mean something.
enum PlacementCheck {
    static func run(_ compilation: Compilation) {
        for rule in compilation.rules {
            for use in rule.reads where !use.traits.isKnown(at: rule.stage) {
                compilation.error(at: use.location, "`\(use.name)` is " + whenKnown(use, rule))
            }
            for use in rule.placeholders where !use.traits.isKnown(at: rule.stage) {
                compilation.error(
                    at: use.location, "the placeholder `{\(use.name)}` is " + whenKnown(use, rule) + hint(use, rule)
                )
            }
            for action in rule.actions where !action.name.stages.contains(rule.stage) {
                let stages = action.name.stages.map { "`\($0)`" }.joined(separator: " and ")
                compilation.error(
                    at: action.location,
                    "`\(action.name.rawValue)` acts at \(stages), and this rule runs at `\(rule.stage)`: "
                        + StageResolver.reason(for: rule)
                )
            }
        }
        checkTags(compilation)
    }

    private static func whenKnown(_ use: AttributeUse, _ rule: RuleDraft) -> String {
        let stage = use.traits.stage
        if rule.stage == .command {
            return "not known at `command`, where this rule runs: " + StageResolver.reason(for: rule)
        }
        if stage == .command || stage < rule.stage {
            return "known at `\(stage)` alone, and this rule runs at `\(rule.stage)`"
        }
        return "known at `\(stage)`, and this rule runs at `\(rule.stage)`"
    }

    private static func hint(_ use: AttributeUse, _ rule: RuleDraft) -> String {
        let isLater = rule.stage != .command && use.traits.stage != .command && rule.stage < use.traits.stage
        return isLater ? "; `at: \(use.traits.stage)` puts it later" : ""
    }

    /// A tag that a rule asks for should be set by a rule before it.
    private static func checkTags(_ compilation: Compilation) {
        let rules = compilation.rules
        var setters: [String: [(position: Int, stage: Stage)]] = [:]
        for (position, rule) in rules.enumerated() {
            for tag in rule.tagsSet { setters[tag.value, default: []].append((position, rule.stage)) }
        }
        for (position, rule) in rules.enumerated() {
            for tag in rule.tagsRead.compactMap({ $0 }) {
                guard let known = setters[tag.value] else {
                    compilation.warning(
                        at: tag.location,
                        "no rule sets the tag `\(tag.value)`"
                            + NearestName.hint(tag.value, among: setters.keys.sorted())
                    )
                    continue
                }
                if known.allSatisfy({ $0.stage == rule.stage && $0.position >= position }) {
                    compilation.warning(
                        at: tag.location, "the tag `\(tag.value)` is set further down, after this rule was tried"
                    )
                }
            }
        }
    }
}

/// No rule stands behind one that always ends its stage.
enum ReachabilityCheck {
    static func run(_ compilation: Compilation) {
        for stage in Stage.allCases {
            var end: RuleDraft?
            for rule in compilation.rules where rule.stage == stage && rule.mode != .off {
                if let end {
                    compilation.error(
                        at: rule.location,
                        "the rule `\(rule.source.name.value)` can never be reached: `\(end.source.name.value)` "
                            + "at \(place(of: end, from: rule)) always ends the stage `\(stage)`"
                    )
                } else if rule.mode == .enforce, rule.condition.isAlways, hasNoConditions(rule), rule.terminal != nil {
                    end = rule
                }
            }
        }
    }

    /// A rule whose conditions could not be read is not taken for one that always holds.
    private static func hasNoConditions(_ rule: RuleDraft) -> Bool {
        rule.source.when == nil && rule.source.unless == nil
    }

    private static func place(of end: RuleDraft, from rule: RuleDraft) -> String {
        end.location.file == rule.location.file ? "line \(end.location.line)" : "\(end.location)"
    }
}

/// Reads the conditions and actions of every rule.
enum RuleReader {
    static func run(_ compilation: Compilation) {
        for policy in compilation.policies {
            for rule in policy.rules {
                let before = compilation.patterns.count
                var conditions = ConditionReader(compilation: compilation, policy: policy, rule: rule)
                rule.condition = conditions.read()
                var actions = ActionReader(compilation: compilation, rule: rule)
                actions.read()
                rule.patterns = Array(compilation.patterns[before...])
            }
        }
    }
}

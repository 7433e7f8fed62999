extension PolicySet {
    /// Tries the rules of a stage from top to bottom until one ends it.
    func run(
        _ stage: Stage,
        _ facts: Facts,
        counting counters: RateCounters,
        trace: inout EvaluationTrace?
    ) -> StageOutcome {
        var run = StageRun(stage: stage, facts: facts, headerNames: headerNames, counters: counters)
        for rule in rulesByStage[stage.rawValue] {
            if run.isEnded {
                if trace == nil { break }
                trace?.note(rule, .notTried)
            } else {
                run.attempt(rule, facts, trace: &trace)
            }
        }
        return run.finish()
    }
}

extension EvaluationTrace {
    mutating func note(_ rule: Rule, _ result: Result, effects: [String] = []) {
        steps.append(
            Step(stage: rule.stage, rule: rule.reference, location: rule.location, result: result, effects: effects)
        )
    }
}

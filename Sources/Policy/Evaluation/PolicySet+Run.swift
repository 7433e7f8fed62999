extension PolicySet {
    /// Tries the rules of a stage from top to bottom until one ends it.
    func run(
        _ stage: Stage,
        _ facts: Facts,
        counting counters: RateCounters,
        trace: inout EvaluationTrace?
    ) -> StageOutcome {
        let header = facts.header.map { HeaderView($0, names: headerNames) }
        var run = StageRun(stage: stage, tags: facts.tags, header: header, counters: counters)
        if let index = indexes[stage.rawValue], trace == nil {
            tryCandidates(index, stage, &run, facts)
            return run.finish()
        }
        for rule in uncounted[stage.rawValue] {
            if run.isEnded {
                if trace == nil { break }
                trace?.note(rule.takeUnretainedValue(), .notTried)
            } else {
                rule._withUnsafeGuaranteedRef { run.attempt($0, facts, trace: &trace) }
            }
        }
        return run.finish()
    }

    /// Tries the rules that may hold, worked out anew for those further down whenever a rule has changed what they see.
    private func tryCandidates(_ index: RuleIndex, _ stage: Stage, _ run: inout StageRun, _ facts: Facts) {
        let rules = rulesByStage[stage.rawValue]
        var noTrace: EvaluationTrace?
        var selection = RuleSelection(count: rules.count)
        run.select(index, facts, into: &selection)
        var next = selection.first(from: 0)
        while let place = next, !run.isEnded {
            run.attempt(rules[place], facts, trace: &noTrace)
            if run.hasChanged { run.select(index, facts, into: &selection) }
            next = selection.first(from: place + 1)
        }
    }
}

extension EvaluationTrace {
    mutating func note(_ rule: Rule, _ result: Result, effects: [String] = []) {
        steps.append(
            Step(stage: rule.stage, rule: rule.reference, location: rule.location, result: result, effects: effects)
        )
    }
}

import Testing

@testable import Policy

/// Why rules held or did not, for `explain`.
struct TraceTests {
    @Test("the trace tells for each rule why it did not hold, or what it did")
    func trace() throws {
        let set = try policySet(
            lists: "{ ours: [example.com] }",
            rules: [
                "at: mail, when: { listener: mx, sender.domain: { in: ours } }, then: { reject: 'no' }",
                "at: mail, unless: { helo: .example.net, client.port: { over: 1023 } }, then: { reject: 'no' }",
                "at: mail, when: { any: [{ listener: a }, { mail.ret: full }] }, then: { reject: 'no' }",
                "at: mail, when: { none: [{ listener: a }, { tag: bulk }] }, then: { reject: 'no' }",
                "at: mail, when: { listener: mx }, then: [{ tag: a }, { defer: 'later, {sender}' }]",
                "at: mail, when: { client.port: 40000 }, then: { reject: never }",
            ]
        )
        var trace = EvaluationTrace()
        let outcome = set.evaluate(.mail, .example, trace: &trace)
        #expect(outcome.decision.reply?.code.rawValue == 450)
        #expect(trace.steps.map(\.rule.rule) == (1...6).map { "rule\($0)" })
        #expect(trace.steps.map(\.location.line) == [4, 5, 6, 7, 8, 9])
        let reasons = trace.steps.map { step in
            if case .notHeld(let failures) = step.result { failures.map(\.description) } else { [String]() }
        }
        #expect(reasons[0] == ["not `sender.domain` in ours: it is `Example.NET`"])
        #expect(
            reasons[1] == [
                "excluded because `helo` is `.example.net`: it is `Client.Example.NET`",
                "excluded because `client.port` over `1023`: it is `40000`",
            ]
        )
        #expect(reasons[2] == ["not `listener` is `a`: it is `mx`", "not `mail.ret` is `full`: there is none"])
        #expect(reasons[3] == ["excluded because `tag` is `bulk`: it is `bulk`"])
        guard case .held(let findings) = trace.steps[4].result else { throw CancellationError() }
        #expect(findings.map(\.description) == ["because `listener` is `mx`: it is `mx`"])
        #expect(trace.steps[4].effects == ["tag a", "defer 450 4.7.1 later, Ann.Sender@Example.NET"])
        #expect(trace.steps[5].result == .notTried)
    }

    @Test("of a rule that held the trace tells which values it saw, as they were before it acted")
    func findings() throws {
        let set = try policySet(rules: [
            "when: { header.to.address: { matches: '^b' }, header.x: { exists: false } }, unless: { helo: a.example }, "
                + "then: { remove-header: To }",
            "when: { any: [{ listener: a }, { header.received: { matches: internal } }] }, then: { tag: b }",
            "then: { tag: c }",
            "when: { rate: { of: client.address, at-least: 1/1h } }, at: header, then: { tag: d }",
        ])
        var trace = EvaluationTrace()
        _ = set.evaluate(.header, .example, trace: &trace)
        let findings = trace.steps.map { step in
            if case .held(let findings) = step.result { findings.map(\.description) } else { ["?"] }
        }
        #expect(
            findings == [
                [
                    "because `header.to.address` matches `^b`: it is `bob@example.com`",
                    "because `header.x` exists `false`: there is none",
                ], ["because `header.received` matches `internal`: it is `from b.internal`"],
                ["because `rate` of `client.address` at-least `1/1h`: it is `1`"],
            ])
    }

    @Test("evaluation with and without a trace comes to the same", arguments: Stage.allCases)
    func sameOutcome(stage: Stage) throws {
        let set = try policySet(
            rules: Stage.allCases.map { "at: \($0), when: { listener: mx }, then: [{ tag: b }, { reject: 'no' }]" })
        var trace = EvaluationTrace()
        let traced = set.evaluate(stage, .example, trace: &trace)
        let plain = set.evaluate(stage, .example)
        #expect(traced.decision == plain.decision)
        #expect(traced.tags == plain.tags)
        #expect(traced.fired == plain.fired)
        #expect(trace.steps.count == 1)
    }

    @Test("traces of several stages add up")
    func tracesAddUp() throws {
        let set = try policySet(rules: ["then: { log: a }", "at: helo, then: { log: a }"])
        var trace = EvaluationTrace()
        _ = set.evaluate(.connect, .example, trace: &trace)
        _ = set.evaluate(.helo, .example, trace: &trace)
        #expect(trace.steps.map(\.stage) == [.connect, .helo])
    }
}

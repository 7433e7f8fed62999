import Testing

@testable import Policy

/// At which stage a rule runs.
struct StageTests {
    @Test(
        "a rule runs at the latest stage among its attributes and actions",
        arguments: [
            ("when: { listener: mx }, then: { log: a }", Stage.connect),
            ("when: { client.address: 10.0.0.1 }, then: { reject: 'no' }", .connect),
            ("when: { helo.kind: invalid }, then: { log: a }", .helo),
            ("then: { hide: [DSN] }", .helo),
            ("when: { listener: mx }, then: { hide: [DSN] }", .helo),
            ("when: { command: VRFY }, then: { log: a }", .command),
            ("when: { listener: mx }, then: { reply: 252 no }", .command),
            ("when: { command: VRFY, auth.user: { exists: false } }, then: { log: a }", .command),
            ("when: { helo: a.example, sender: <> }, then: { log: a }", .mail),
            ("when: { listener: mx }, unless: { auth.user: { exists: true } }, then: { log: a }", .mail),
            ("when: { any: [{ sender: <> }, { recipient: a@b.example }] }, then: { log: a }", .recipient),
            ("when: { recipients.count: { over: 1 } }, then: { log: a }", .header),
            ("when: { sender: <> }, then: { remove-header: X-A }", .header),
            ("when: { sender: <> }, then: { prefix-subject: a }", .header),
            ("when: { header.from: { exists: false } }, then: { reject: 'no' }", .header),
            ("when: { message.size: { over: 1 } }, then: { log: a }", .message),
            ("when: { message.size: { over: 1 } }, then: { add-header: { X-A: b } }", .message),
            ("at: recipient, when: { client.address: 10.0.0.1 }, then: { reject: 'no' }", .recipient),
            ("at: message, when: { header.from: a }, then: { log: a }", .message),
            ("at: command, when: { client.address: 10.0.0.1 }, then: { reject: 'no' }", .command),
            ("then: { log: '{listener}' }", .connect),
        ]
    )
    func stage(rule: String, stage: Stage) throws {
        let set = try policySet(rules: [rule])
        #expect(set.summary.policies.first?.rules.map(\.stage) == [stage])
        for other in Stage.allCases { #expect(set.hasRules(at: other) == (other == stage)) }
    }

    @Test("a rule that asks for a tag runs once the tag can be known")
    func tagMovesRule() throws {
        let set = try policySet(rules: [
            "when: { tag: c }, then: { log: a }",
            "when: { tag: b }, then: { tag: c }",
            "when: { header.from: { exists: false } }, then: { tag: b }",
            "when: { listener: mx }, then: { tag: d }",
            "when: { tag: d }, then: { log: a }",
            "when: { tag: { matches: '.' } }, then: { log: a }",
        ])
        #expect(
            set.summary.policies.first?.rules.map(\.stage) == [.header, .header, .header, .connect, .connect, .header]
        )
    }

    @Test("rules that wait for each other's tags find a stage all the same")
    func tagsInACircle() throws {
        let set = try policySet(rules: [
            "when: { tag: a, sender: <> }, then: { tag: b }", "when: { tag: b }, then: { tag: a }",
        ])
        #expect(set.summary.policies.first?.rules.map(\.stage) == [.mail, .mail])
    }

    @Test("the message is held only for a rule that edits its header section at its end")
    func holdsMessage() throws {
        #expect(
            try policySet(rules: ["when: { message.size: { over: 1 } }, then: { add-header: { X-A: b } }"]).holdsMessage
        )
        #expect(try policySet(rules: ["at: message, then: { prefix-subject: b }"]).holdsMessage)
        #expect(try !policySet(rules: ["when: { message.size: { over: 1 } }, then: { reject: 'no' }"]).holdsMessage)
        #expect(try !policySet(rules: ["then: { add-header: { X-A: b } }"]).holdsMessage)
        #expect(try !policySet(rules: ["at: message, mode: monitor, then: { add-header: { X-A: b } }"]).holdsMessage)
    }

    @Test("the longest line is measured only for a rule that asks for it")
    func measuresLongestLine() throws {
        #expect(
            try policySet(rules: ["when: { message.longest-line: { over: 998 } }, then: { log: a }"])
                .measuresLongestLine)
        #expect(try policySet(rules: ["at: message, then: { log: '{message.longest-line}' }"]).measuresLongestLine)
        #expect(try !policySet(rules: ["when: { message.size: { over: 998 } }, then: { log: a }"]).measuresLongestLine)
    }

    @Test("a rule or policy that is off leaves nothing to run")
    func off() throws {
        #expect(
            try !policySet(rules: ["mode: off, when: { listener: mx }, then: { reject: 'no' }"]).hasRules(at: .connect))
        let off = "policy: p\nmode: off\nrules: [{ name: a, then: { log: a } }]"
        #expect(try !policySet(off).hasRules(at: .connect))
    }
}

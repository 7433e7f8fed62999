import MailMessage
import SMTPProtocol
import Testing

@testable import Policy

/// What rules do when they hold.
struct ActionTests {
    @Test(
        "a refusal takes the codes that it gives, else those of its stage",
        arguments: [
            ("reject: 552 5.3.4 Too large", Stage.mail, "552 5.3.4 Too large"),
            ("reject: 552 Too large", .mail, "552 5.7.1 Too large"),
            ("reject: 'No'", .connect, "554 5.7.1 No"),
            ("reject: 'No'", .helo, "550 5.7.1 No"),
            ("reject: 'No'", .command, "502 5.5.1 No"),
            ("reject: 'No'", .mail, "550 5.7.1 No"),
            ("reject: 'No'", .recipient, "550 5.7.1 No"),
            ("reject: 'No'", .header, "554 5.7.1 No"),
            ("reject: 'No'", .message, "554 5.7.1 No"),
            ("defer: Later", .connect, "421 4.7.0 Later"),
            ("defer: Later", .mail, "450 4.7.1 Later"),
            ("defer: 452 4.3.1 Later", .message, "452 4.3.1 Later"),
            ("disconnect: Bye", .mail, "421 4.7.0 Bye"),
            ("disconnect: 421 4.3.2 Bye", .connect, "421 4.3.2 Bye"),
            ("reply: 252 2.5.0 Perhaps", .command, "252 2.5.0 Perhaps"),
            ("reply: 252 Perhaps", .command, "252 2.0.0 Perhaps"),
            ("reply: 550 5.7.1 No", .command, "550 5.7.1 No"),
        ]
    )
    func replies(action: String, stage: Stage, reply: String) throws {
        let set = try policySet(rules: ["at: \(stage), then: { \(action) }"])
        let decision = set.evaluate(stage, .example).decision
        let rule = RuleReference(policy: "test", rule: "rule1")
        #expect(decision.reply?.description == reply)
        #expect(decision.rule == rule)
        switch action.split(separator: ":").first {
        case "disconnect": #expect(decision == .disconnect(try #require(decision.reply), rule))
        case "reply": #expect(decision == .answer(try #require(decision.reply), rule))
        default: #expect(decision == .refuse(try #require(decision.reply), rule))
        }
    }

    @Test("the first rule that decides ends the stage, and its other actions are carried out")
    func firstDecides() throws {
        let set = try policySet(rules: [
            "at: mail, when: { listener: other }, then: { reject: 'no' }",
            "at: mail, when: { listener: mx }, then: [{ defer: Later }, { tag: seen }]",
            "at: mail, when: { client.port: 40000 }, then: [{ reject: never }, { tag: unseen }]",
        ])
        let outcome = set.evaluate(.mail, .example)
        #expect(outcome.decision.reply?.description == "450 4.7.1 Later")
        #expect(outcome.fired.map(\.rule) == ["rule2"])
        #expect(outcome.tags == ["seen"])
    }

    @Test("accept ends the stage without an objection")
    func accept() throws {
        let set = try policySet(rules: [
            "at: mail, when: { listener: mx }, then: accept", "at: mail, then: { reject: 'no' }",
        ])
        #expect(set.evaluate(.mail, .example).decision == .accept(RuleReference(policy: "test", rule: "rule1")))
    }

    @Test("no rule that holds leaves the decision to the upstream")
    func undecided() throws {
        let set = try policySet(rules: ["at: mail, when: { listener: other }, then: { reject: 'no' }"])
        let outcome = set.evaluate(.mail, .example)
        #expect(outcome.decision == .none)
        #expect(outcome.fired.isEmpty)
        #expect(outcome.header == nil)
    }

    @Test("hidden keywords are upper-cased and named once")
    func hide() throws {
        let set = try policySet(rules: ["then: { hide: [vrfy, DSN] }", "then: { hide: DSN }"])
        #expect(set.evaluate(.helo, .example).hiddenKeywords == ["VRFY", "DSN"])
    }

    @Test("a tag is known to the rules behind and told once")
    func tags() throws {
        let set = try policySet(rules: [
            "when: { listener: mx }, then: [{ tag: [a, bulk] }, { log: 'now {tag}' }]",
            "when: { tag: a }, then: { log: 'seen {tag}' }",
        ])
        let outcome = set.evaluate(.connect, .example)
        #expect(outcome.tags == ["a"])
        #expect(outcome.logLines == ["test/rule1: now a, bulk", "test/rule2: seen a, bulk"])
    }

    @Test(
        "an edit touches the fields that it names alone",
        arguments: [
            ("add-header: { X-A: b }", "X-A: b\nA: 1\nB: 2\na: 3\nSubject: s\n"),
            ("add-header: { X-A: b, X-B: c }", "X-B: c\nX-A: b\nA: 1\nB: 2\na: 3\nSubject: s\n"),
            ("set-header: { A: 4 }", "A: 4\nB: 2\nSubject: s\n"),
            ("set-header: { X-A: b }", "A: 1\nB: 2\na: 3\nSubject: s\nX-A: b\n"),
            ("remove-header: a", "B: 2\nSubject: s\n"),
            ("remove-header: [a, Subject]", "B: 2\n"),
            ("remove-header: { name: A, matches: '3' }", "A: 1\nB: 2\nSubject: s\n"),
            ("rewrite-header: { name: A, match: '\\d', replace: '<$0>' }", "A: <1>\nB: 2\na: <3>\nSubject: s\n"),
            ("rewrite-header: { name: B, match: '(?<n>.)', replace: '$1${n}$$' }", "A: 1\nB: 22$\na: 3\nSubject: s\n"),
            (
                "rewrite-header: { name: B, match: '2', replace: '{listener}${0}{{' }",
                "A: 1\nB: mx2{\na: 3\nSubject: s\n"
            ),
            ("remove-header: { field: '(?i)^a: [13]$' }", "B: 2\nSubject: s\n"),
            ("rewrite-header: { field: '(?i)^a: (\\d)$', replace: 'C: <$1> ' }", "C: <1>\nB: 2\nC: <3>\nSubject: s\n"),
            ("rewrite-header: { field: '^(Sub.*)', replace: '$1 {listener}' }", "A: 1\nB: 2\na: 3\nSubject: s mx\n"),
            ("prefix-subject: '[X]'", "A: 1\nB: 2\na: 3\nSubject: [X] s\n"),
            (
                "[{ remove-header: A }, { add-header: { A: 9 } }, { rewrite-header: { name: A, match: 9, replace: 8 } }]",
                "A: 8\nB: 2\nSubject: s\n"
            ),
        ]
    )
    func edits(actions: String, expected: String) throws {
        let then = actions.hasPrefix("[") ? actions : "{ \(actions) }"
        let set = try policySet(rules: ["then: \(then)"])
        var facts = Facts.example
        facts.header = headerSection("A: 1\nB: 2\na: 3\nSubject: s")
        #expect(text(of: set.evaluate(.header, facts).header) == expected)
    }

    @Test(
        "an edit that has nothing to do leaves the header section as it came",
        arguments: [
            "remove-header: X-Absent", "remove-header: { name: Subject, matches: zzz }",
            "rewrite-header: { name: Subject, match: zzz, replace: a }",
            "rewrite-header: { name: Subject, match: s, replace: s }", "remove-header: { field: '^ject' }",
            "rewrite-header: { field: '^Subject', replace: 'no field' }", "prefix-subject: '[X]'",
        ]
    )
    func noEdit(action: String) throws {
        let set = try policySet(rules: ["then: { \(action) }"])
        var facts = Facts.example
        facts.header = headerSection("Subject: Re: [x] s")
        #expect(set.evaluate(.header, facts).header == nil)
    }

    @Test("later rules of a stage see the edits of those before")
    func laterRulesSeeEdits() throws {
        let set = try policySet(rules: [
            "when: { header.subject: { contains: grüße } }, then: { set-header: { Subject: changed } }",
            "when: { header.subject: changed }, then: { remove-header: Received }",
            "when: { received.count: 0 }, then: { tag: seen }",
        ])
        #expect(set.evaluate(.header, .example).tags == ["seen"])
    }

    @Test(
        "a subject is marked once, whatever stands before it and however it is encoded",
        arguments: [
            ("hello", "[EXT] hello"), ("[EXT] hello", "[EXT] hello"), ("[ext]hello", "[ext]hello"),
            ("Re: [EXT] hello", "Re: [EXT] hello"), ("AW: Re: [EXT] hello", "AW: Re: [EXT] hello"),
            ("=?utf-8?Q?=5BEXT=5D_Gr=C3=BC=C3=9Fe?=", "[EXT] Grüße"), ("=?utf-8?Q?Gr=C3=BC=C3=9Fe?=", "[EXT] Grüße"),
            ("hello [EXT]", "[EXT] hello [EXT]"), ("a b: [EXT] x", "[EXT] a b: [EXT] x"),
            ("Re:Re:Re:Re:Re:Re:Re:Re:Re:[EXT] x", "Re:Re:Re:Re:Re:Re:Re:Re:Re:[EXT] x"), ("::", "[EXT] ::"),
        ]
    )
    func prefixSubject(subject: String, marked: String) throws {
        let set = try policySet(rules: ["then: { prefix-subject: '[EXT] ' }"])
        var facts = Facts.example
        facts.header = headerSection("Subject: \(subject)")
        let header = set.evaluate(.header, facts).header ?? facts.header
        #expect(header?.decodedValue(at: 0) == marked)
        facts.header = header
        #expect(set.evaluate(.header, facts).header == nil)
    }

    @Test("a message without a subject gets the mark as its subject")
    func prefixAbsentSubject() throws {
        let set = try policySet(rules: ["then: { prefix-subject: '[EXT]' }"])
        var facts = Facts.example
        facts.header = headerSection("From: a@example.net")
        #expect(text(of: set.evaluate(.header, facts).header) == "From: a@example.net\nSubject: [EXT]\n")
    }

    @Test("a rule in monitor mode tells what it would have done and does nothing")
    func monitor() throws {
        let set = try policySet(rules: [
            "mode: monitor, at: header, when: { listener: mx }, then: [{ reject: 'no {helo}' }, { tag: a }, { remove-header: From }]",
            "when: { tag: a }, then: { log: never }",
            "at: header, when: { listener: mx }, then: { tag: b }",
        ])
        let outcome = set.evaluate(.header, .example)
        #expect(outcome.decision == .none)
        #expect(outcome.header == nil)
        #expect(outcome.tags == ["b"])
        #expect(outcome.fired.map(\.isMonitor) == [true, false])
        #expect(
            outcome.logLines == [
                "test/rule1 (monitor) would have done reject 554 5.7.1 no Client.Example.NET",
                "test/rule1 (monitor) would have done tag a",
                "test/rule1 (monitor) would have done remove-header From",
            ]
        )
    }

    @Test("a verdict on a recipient looks at that recipient alone")
    func recipientVerdict() throws {
        let set = try policySet(rules: ["when: { recipient.domain: example.com }, then: { reject: 'no {recipient}' }"])
        var facts = Facts.example
        facts.recipients = []
        facts.recipient = Mailbox("a@example.com").map(ForwardPath.mailbox)
        #expect(set.evaluate(.recipient, facts).decision.reply?.description == "550 5.7.1 no a@example.com")
        facts.recipients = [try #require(facts.recipient)]
        facts.recipient = Mailbox("a@example.net").map(ForwardPath.mailbox)
        #expect(set.evaluate(.recipient, facts).decision == .none)
    }

    @Test("NOTIFY of a recipient is known while it is judged")
    func notify() throws {
        let set = try policySet(rules: ["when: { recipient.notify: never }, then: { log: a }"])
        var facts = Facts.example
        facts.recipient = facts.recipients.first
        #expect(set.evaluate(.recipient, facts).fired.isEmpty)
        facts.recipientParameters = ESMTPParameters([try #require(ESMTPParameter("NOTIFY", "DELAY,NEVER"))])
        #expect(set.evaluate(.recipient, facts).fired.count == 1)
    }
}

import SMTPProtocol
import Testing

@testable import Policy

/// Edits of the envelope: what comes of them is a path, or the stage fails.
struct EnvelopeTests {
    private static let failed = "451 4.3.0 Requested action aborted: local error in processing"

    private func facts(sender: String = "<Ann.Sender@Example.NET>", recipient: String? = nil) -> Facts {
        var facts = Facts.example
        facts.sender = ReversePath(sender)
        facts.recipient = recipient.flatMap { ForwardPath($0) }
        facts.mailParameters.remove("SMTPUTF8")
        return facts
    }

    @Test(
        "the sender gets the path that a rule gives",
        arguments: [
            ("set-sender: bounces@example.org", "<bounces@example.org>"),
            ("set-sender: <bounces@example.org>", "<bounces@example.org>"),
            ("set-sender: <>", "<>"),
            ("set-sender: '{sender.local}@example.org'", "<Ann.Sender@example.org>"),
            ("set-sender: '<{sender.local}@example.org>'", "<Ann.Sender@example.org>"),
            ("set-sender: 'prvs={sender.local}@{sender.domain}'", "<prvs=Ann.Sender@Example.NET>"),
            ("set-sender: '{sender}'", "<Ann.Sender@Example.NET>"),
            ("rewrite-sender: { match: '@.*$', replace: '@example.org' }", "<Ann.Sender@example.org>"),
            (
                "rewrite-sender: { match: '^(?<l>[^@]*)@(.*)$', replace: '${l}+$2@{listener}.example' }",
                "<Ann.Sender+Example.NET@mx.example>"
            ),
            ("rewrite-sender: { match: '^.*$', replace: '<>' }", "<>"),
        ])
    func sender(action: String, expected: String) throws {
        let set = try policySet(rules: ["at: mail, then: { \(action) }"])
        let outcome = set.evaluate(.mail, facts())
        #expect(outcome.failures == [])
        #expect(outcome.envelope.sender?.description == expected)
        #expect(outcome.decision == .none)
    }

    @Test(
        "a recipient gets the path that a rule gives",
        arguments: [
            ("set-recipient: c@example.org", "<b@example.com>", "<c@example.org>"),
            ("set-recipient: postmaster", "<b@example.com>", "<postmaster>"),
            ("set-recipient: '{recipient.local}@example.org'", "<\"b c\"@example.com>", "<\"b c\"@example.org>"),
            (
                "set-recipient: '{recipient.local}@example.org'", "<\"b@evil.example\"@example.com>",
                "<\"b@evil.example\"@example.org>"
            ),
            ("set-recipient: '{recipient.local}@example.org'", "<\"\\\"\"@example.com>", "<\"\\\"\"@example.org>"),
            ("set-recipient: '{recipient.local}@example.org'", "<postmaster>", "<postmaster@example.org>"),
            ("set-recipient: 'b@{recipient.domain}'", "<a@[192.0.2.1]>", "<b@[192.0.2.1]>"),
            ("rewrite-recipient: { match: '\\+[^@]*@', replace: '@' }", "<b+x@example.com>", "<b@example.com>"),
            (
                "rewrite-recipient: { match: '^postmaster$', replace: 'ann@example.org' }", "<postmaster>",
                "<ann@example.org>"
            ),
        ])
    func recipient(action: String, given: String, expected: String) throws {
        let set = try policySet(rules: ["at: recipient, then: { \(action) }"])
        let outcome = set.evaluate(.recipient, facts(recipient: given))
        #expect(outcome.failures == [])
        #expect(outcome.envelope.recipient?.description == expected)
    }

    @Test(
        "what is no path goes nowhere, and the log says why",
        arguments: [
            ("set-sender: '{sender.local}@{listener} x'", "the new sender `Ann.Sender@mx x` is not an address"),
            ("set-sender: '{listener}'", "the new sender `mx` is not an address"),
            ("set-sender: '{mail.envid}@example.org'", "the new sender `@example.org` is not an address"),
            (
                "set-sender: grüße@example.org",
                "the new sender `<grüße@example.org>` is not ASCII, and MAIL has not declared SMTPUTF8"
            ),
            (
                "rewrite-sender: { match: '@', replace: ' ' }",
                "the new sender `Ann.Sender Example.NET` is not an address"
            ),
            ("rewrite-sender: { match: '^.*$', replace: '' }", "the new sender `` is not an address"),
            ("add-recipient: '{sender.local}'", "the new recipient `Ann.Sender` is not an address"),
        ])
    func invalid(action: String, failure: String) throws {
        let set = try policySet(rules: [
            "at: mail, then: [{ \(action) }, { tag: later }]", "at: mail, then: { tag: b }",
        ])
        var facts = facts()
        facts.mailParameters.remove("ENVID")
        let outcome = set.evaluate(.mail, facts)
        #expect(outcome.failures.map(\.description) == ["test/rule1: \(failure)"])
        #expect(outcome.decision.reply?.description == Self.failed)
        #expect(outcome.tags == [])
    }

    @Test("control characters never enter a path, whatever a text holds")
    func controlCharacters() throws {
        let set = try policySet(rules: [
            "when: { mail.envid: { matches: '(?s)(.*)' } }, then: { set-sender: '{match.1}@example.org' }"
        ])
        var facts = facts()
        facts.mailParameters.set(try #require(ESMTPParameter("ENVID", "a+0D+0ARCPT")))
        #expect(set.evaluate(.mail, facts).decision.reply?.description == Self.failed)
    }

    @Test("a path that is not ASCII is taken where MAIL has declared SMTPUTF8")
    func international() throws {
        let set = try policySet(rules: ["at: mail, then: { set-sender: grüße@example.org }"])
        #expect(set.evaluate(.mail, .example).envelope.sender?.description == "<grüße@example.org>")
    }

    @Test("edits add up, and each rule sees those before it")
    func addUp() throws {
        let set = try policySet(rules: [
            "at: recipient, then: { set-recipient: b@example.org }",
            "when: { recipient: b@example.org }, then: { rewrite-recipient: { match: b, replace: c } }",
            "when: { recipient.local: c }, then: [drop-recipient, { add-recipient: [d@example.org, '{recipient}'] }]",
            "at: recipient, then: { add-recipient: D@EXAMPLE.org }",
            "at: recipient, then: { add-recipient: d@EXAMPLE.org }",
        ])
        let envelope = set.evaluate(.recipient, facts(recipient: "<a@example.com>")).envelope
        #expect(envelope.recipient?.description == "<c@example.org>")
        #expect(envelope.added.map(\.description) == ["<d@example.org>", "<c@example.org>", "<D@EXAMPLE.org>"])
        #expect(envelope.dropsRecipient)
    }

    @Test("a rewrite leaves the null reverse-path, and an address without what it looks for")
    func untouched() throws {
        let set = try policySet(rules: [
            "at: mail, then: { rewrite-sender: { match: '^', replace: 'x' } }",
            "when: { sender: { exists: false } }, then: { tag: notification }",
        ])
        let outcome = set.evaluate(.mail, facts(sender: "<>"))
        #expect(outcome.envelope == EnvelopeChanges())
        #expect(outcome.tags == ["notification"])
    }

    @Test(
        "a rule that decides on the envelope fails closed",
        arguments: [
            ("discard", Stage.header), ("discard", .message),
        ])
    func failsClosed(action: String, stage: Stage) throws {
        let set = try policySet(rules: [
            "at: \(stage), when: { header.subject: { matches: '\(FailureTests.pattern)' } }, then: \(action)"
        ])
        #expect(set.evaluate(stage, FailureTests.facts).decision.reply?.description == Self.failed)
    }

    @Test("an edit of the envelope that cannot be decided fails closed")
    func editFailsClosed() throws {
        let set = try policySet(rules: [
            "when: { helo: { matches: '\(FailureTests.pattern)' } }, then: { set-sender: <> }"
        ])
        var facts = facts()
        facts.helo = HeloArgument(String(repeating: "a", count: 5000))
        #expect(set.evaluate(.mail, facts).decision.reply?.description == Self.failed)
    }

    @Test("a rule in monitor mode tells what it would have made of the envelope")
    func monitor() throws {
        let actions = """
            [{ set-sender: "x@{listener}.example" }, { rewrite-sender: { match: zzz, replace: y } }, \
            require-tls, require-auth, { delay: 90s }, { add-recipient: b@example.org }]
            """
        let set = try policySet(rules: ["mode: monitor, at: mail, then: \(actions)"])
        let outcome = set.evaluate(.mail, facts())
        #expect(outcome.envelope == EnvelopeChanges())
        #expect(outcome.delay == .zero)
        #expect(
            outcome.logLines.map { $0.replacing("test/rule1 (monitor) would have done ", with: "") } == [
                "set-sender <x@mx.example>", "rewrite-sender <Ann.Sender@Example.NET>", "require-tls", "require-auth",
                "delay 90s", "add-recipient <b@example.org>",
            ]
        )
    }
}

/// Actions that discard, require and wait.
struct VerdictTests {
    @Test("discard ends the stage", arguments: [Stage.mail, .recipient, .header, .message])
    func discard(stage: Stage) throws {
        let set = try policySet(rules: [
            "at: \(stage), when: { listener: mx }, then: discard", "at: \(stage), then: { reject: 'no' }",
        ])
        let outcome = set.evaluate(stage, .example)
        #expect(outcome.decision == .discard(RuleReference(policy: "test", rule: "rule1")))
        #expect(outcome.decision.reply == nil)
        #expect(outcome.fired.map(\.rule) == ["rule1"])
    }

    @Test(
        "what is required and was not done refuses, the first of several",
        arguments: [
            ("require-tls", "530 5.7.0 Must issue a STARTTLS command first"),
            ("require-auth", "530 5.7.0 Authentication required"),
            ("[require-auth, require-tls]", "530 5.7.0 Authentication required"),
            ("[require-tls, { reject: never }]", "530 5.7.0 Must issue a STARTTLS command first"),
            ("[{ defer: Later }, require-tls]", "450 4.7.1 Later"),
        ])
    func required(action: String, reply: String) throws {
        let set = try policySet(rules: [
            "at: mail, when: { listener: mx }, then: \(action)", "at: mail, then: { reject: never }",
        ])
        let outcome = set.evaluate(.mail, .example)
        #expect(outcome.decision.reply?.description == reply)
        #expect(outcome.fired.map(\.rule) == ["rule1"])
    }

    @Test("a rule that requires does not end the stage for what has done it")
    func reachable() throws {
        let set = try policySet(rules: ["when: { listener: other }, then: require-tls", "at: mail, then: { tag: a }"])
        #expect(set.evaluate(.mail, .example).tags == ["a"])
    }

    @Test("waits add up, to two minutes at most, and go with any decision")
    func delay() throws {
        let set = try policySet(rules: [
            "at: mail, then: { delay: 500ms }",
            "at: mail, when: { listener: mx }, then: [{ delay: 2s }, { reject: 'no' }]",
        ])
        let outcome = set.evaluate(.mail, .example)
        #expect(outcome.delay == .milliseconds(2500))
        #expect(outcome.decision.reply?.code.rawValue == 550)
        let long = try policySet(rules: ["at: mail, then: { delay: 2m }", "at: mail, then: { delay: 1s }"])
        #expect(long.evaluate(.mail, .example).delay == .seconds(120))
    }
}

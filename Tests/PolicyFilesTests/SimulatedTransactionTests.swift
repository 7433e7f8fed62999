import NIOCore
import Policy
import SMTPProtocol
import Testing

@testable import PolicyFiles

/// A simulated transaction goes through the stages as one at the relay does.
struct SimulatedTransactionTests {
    private func outcome(
        _ rules: String,
        _ change: (inout SimulatedTransaction) -> Void = { _ in }
    ) throws -> SimulatedOutcome {
        let loaded = PolicyFile.load(text: "policy: p\nrules:\n\(rules)", path: "p.yaml")
        #expect(loaded.diagnostics.map(\.description) == [])
        var transaction = SimulatedTransaction()
        transaction.helo = HeloArgument("client.example")
        transaction.sender = Mailbox("a@client.example").map(ReversePath.mailbox)
        transaction.recipients = ["b@server.example", "c@server.example"]
            .compactMap { Mailbox($0) }.map { .init(.mailbox($0)) }
        transaction.message = SimulatedMessage(text: "Subject: hello\n\nHello.\n")
        change(&transaction)
        return transaction.run(try #require(loaded.set))
    }

    @Test("a transaction that no rule touches is passed on as it came")
    func untouched() throws {
        let outcome = try outcome("  - { name: a, when: { listener: x }, then: { reject: 'No' } }\n")
        #expect(outcome.verdict == .accept)
        #expect(outcome.stage == nil)
        #expect(outcome.steps.map(\.stage) == [.connect, .helo, .mail, .recipient, .recipient, .header, .message])
        #expect(outcome.passedOn.map { String(buffer: $0) } == "Subject: hello\r\n\r\nHello.\r\n")
        #expect(outcome.passedOn == outcome.received)
    }

    @Test("a refusal ends the transaction", arguments: [Stage.connect, .helo, .mail, .header, .message])
    func refusal(stage: Stage) throws {
        let outcome = try outcome("  - { name: a, at: \(stage), then: { reject: 'No' } }\n")
        #expect(outcome.verdict == .reject)
        #expect(outcome.stage == stage)
        #expect(outcome.rule == RuleReference(policy: "p", rule: "a"))
        #expect(outcome.steps.last?.stage == stage)
        #expect(outcome.passedOn == nil)
    }

    @Test("a disconnect ends the transaction, also at one recipient of several")
    func disconnect() throws {
        let outcome = try outcome("  - { name: a, at: recipient, then: { disconnect: Bye } }\n")
        #expect(outcome.verdict == .disconnect)
        #expect(outcome.steps.filter { $0.stage == .recipient }.count == 1)
    }

    @Test("a refused recipient leaves the others, who get the message")
    func oneRecipientRefused() throws {
        let outcome = try outcome(
            """
              - { name: a, when: { recipient: b@server.example }, then: { defer: Later } }
              - { name: b, when: { recipients.count: 1 }, then: { tag: one } }
            """
        )
        #expect(outcome.verdict == .accept)
        #expect(outcome.refusedRecipients.map { $0.reply.code.rawValue } == [450])
        #expect(outcome.acceptedRecipients.map(\.description) == ["<c@server.example>"])
        #expect(outcome.tags == ["one"])
    }

    @Test("without an accepted recipient the first refusal is the verdict")
    func allRecipientsRefused() throws {
        let outcome = try outcome(
            """
              - { name: a, when: { recipient.local: b }, then: { defer: Later } }
              - { name: b, at: recipient, then: { reject: 'No' } }
            """
        )
        #expect(outcome.verdict == .defer)
        #expect(outcome.stage == .recipient)
        #expect(outcome.refusedRecipients.count == 2)
        #expect(outcome.steps.last?.stage == .recipient)
    }

    @Test("a single command is answered, or passed on and followed by the transaction")
    func command() throws {
        let rules = "  - { name: a, when: { command: VRFY }, then: { reply: 252 2.5.0 Perhaps } }\n"
        let answered = try outcome(rules) { $0.command = CommandFacts(verb: "vrfy", argument: "x") }
        #expect(answered.verdict == .reply)
        #expect(answered.reply?.description == "252 2.5.0 Perhaps")
        let passedOn = try outcome(rules) { $0.command = CommandFacts(verb: "HELP") }
        #expect(passedOn.verdict == .accept)
        #expect(passedOn.steps.map(\.stage).contains(.message))
    }

    @Test("tags and edits of one stage are seen by the next ones")
    func factsAddUp() throws {
        let outcome = try outcome(
            """
              - { name: a, at: connect, then: { tag: x } }
              - { name: b, when: { tag: x, header.subject: hello }, then: { set-header: { Subject: "hello, {helo}" } } }
              - { name: c, at: message, when: { header.subject: "hello, client.example" }, then: { add-header: { X-C: "1" } } }
            """
        )
        #expect(outcome.fired.map(\.rule) == ["a", "b", "c"])
        #expect(
            outcome.passedOn.map { String(buffer: $0) }
                == "X-C: 1\r\nSubject: hello, client.example\r\n\r\nHello.\r\n"
        )
    }

    @Test("the envelope goes on as the relay would send it")
    func envelope() throws {
        let outcome = try outcome(
            """
              - { name: a, at: mail, then: [{ set-sender: x@client.example }, { add-recipient: log@server.example }] }
              - { name: b, when: { recipient.local: c }, then: { set-recipient: b@server.example } }
              - { name: c, when: { recipient.local: d }, then: [drop-recipient, { add-recipient: [e@server.example] }] }
              - { name: d, when: { recipient.local: f }, then: [{ add-recipient: g@server.example }, { reject: 'No' }] }
              - { name: e, when: { sender.local: x, recipients.count: 3 }, then: { delay: 2s } }
              - { name: f, when: { recipient: e@server.example }, at: message, then: { delay: 1s } }
            """
        ) { transaction in
            for local in ["d", "f"] {
                transaction.recipients += Mailbox("\(local)@server.example").map { [.init(.mailbox($0))] } ?? []
            }
        }
        #expect(outcome.verdict == .accept)
        #expect(outcome.sender?.description == "<x@client.example>")
        #expect(
            outcome.acceptedRecipients.map(\.description) == [
                "<log@server.example>", "<b@server.example>", "<e@server.example>",
            ]
        )
        #expect(outcome.refusedRecipients.map(\.recipient.description) == ["<f@server.example>"])
        #expect(outcome.discardedRecipients.map(\.description) == ["<d@server.example>"])
        #expect(outcome.delay == .seconds(3))
        #expect(outcome.passedOn != nil)
    }

    @Test(
        "a transaction of which nothing is passed on is discarded",
        arguments: [
            ("at: mail, then: discard", Stage.mail), ("at: recipient, then: discard", .recipient),
            ("at: recipient, then: drop-recipient", .recipient), ("at: header, then: discard", .header),
            ("at: message, then: discard", .message),
        ])
    func discard(rule: String, stage: Stage) throws {
        let outcome = try outcome("  - { name: a, \(rule) }\n")
        #expect(outcome.verdict == .discard)
        #expect(outcome.stage == stage)
        #expect(outcome.rule?.rule == (rule.hasSuffix("discard") ? "a" : nil))
        #expect(outcome.reply == nil)
        #expect(outcome.passedOn == nil)
        #expect(outcome.steps.last?.stage == stage)
    }

    @Test("one recipient refused and one discarded: the client hears 250 at the end")
    func refusedAndDiscarded() throws {
        let outcome = try outcome(
            """
              - { name: a, when: { recipient.local: b }, then: { reject: 'No' } }
              - { name: b, when: { recipient.local: c }, then: discard }
            """
        )
        #expect(outcome.verdict == .discard)
        #expect(outcome.rule?.rule == "b")
        #expect(outcome.acceptedRecipients == [])
    }

    @Test(
        "the content of a message is counted as the relay counts it",
        arguments: [
            ("a\n", 3, 1, false, false, false), ("", 0, 0, false, false, false), ("abc", 3, 3, false, false, false),
            ("\n\n", 4, 0, false, false, false), ("é\n", 4, 2, true, false, false), ("a\0b", 3, 3, false, true, false),
            ("a\rb\n", 5, 3, false, false, true), ("ab\r\nc", 5, 2, false, false, false),
            ("ab\r", 3, 2, false, false, true),
        ]
    )
    func statistics(
        text: String, octets: Int, longestLine: Int, hasEightBit: Bool, hasNUL: Bool, hasBareLineEnd: Bool
    ) {
        let statistics = SimulatedMessage(text: text).statistics()
        #expect(statistics.octets == octets)
        #expect(statistics.hasEightBit == hasEightBit)
        #expect(statistics.hasNUL == hasNUL)
        #expect(statistics.hasBareLineEnd == hasBareLineEnd)
        #expect(statistics.longestLine == longestLine)
    }

    @Test("a header section is padded to the octet", arguments: [29, 100, 905, 906, 913, 914, 915, 2000, 131_072])
    func paddedHeader(octets: Int) throws {
        let message = try #require(SimulatedMessage(text: "Subject: hello\n\nHello.\n").padded(headerOctets: octets))
        let parts = message.parts()
        #expect(parts.header.octets == octets)
        #expect(parts.header.invalidCount == 0)
        #expect(String(buffer: parts.rest) == "\r\nHello.\r\n")
    }

    @Test("a header section that is longer already is not padded", arguments: [0, 15, 17, 28])
    func unpaddableHeader(octets: Int) {
        #expect(SimulatedMessage(text: "Subject: hello\n\nHello.\n").padded(headerOctets: octets) == nil)
    }
}

import Foundation
import SMTPProtocol
import Testing

@testable import Policy

/// How often rules count, what they count apart, and what they forget.
struct RateTests {
    private let counters = RateCounters()

    private func policy(_ rate: String, _ rest: String = "") throws -> PolicySet {
        try policySet(rules: ["at: message, when: { rate: \(rate)\(rest) }, then: { tag: held }"])
    }

    /// Whether the rule holds, time after time, of some transactions.
    private func held(_ set: PolicySet, _ transactions: [(inout Facts) -> Void]) -> [Bool] {
        transactions.map { change in
            var facts = Facts.example
            change(&facts)
            return !set.evaluate(.message, facts, counting: counters).fired.isEmpty
        }
    }

    @Test(
        "a rule holds from the count on that is asked for",
        arguments: [
            ("over: 2/1h", [false, false, true, true]), ("at-least: 2/1h", [false, true, true, true]),
            ("under: 3/1h", [true, true, false, false]), ("at-most: 1/1h", [true, false, false, false]),
            ("over: 0/1s", [true, true, true, true]),
        ]
    )
    func comparisons(asked: String, expected: [Bool]) throws {
        let set = try policy("{ of: client.address, \(asked) }")
        #expect(held(set, Array(repeating: { _ in }, count: 4)) == expected)
    }

    @Test(
        "each value has a counter of its own, and several attributes have one for each combination",
        arguments: [
            ("client.address", "192.0.2.7", "192.0.2.8", false), ("client.address", "192.0.2.7", "192.0.2.7", true),
            ("client.address", "2001:db8::1", "2001:db8::2", true),
            ("client.address", "2001:db8::1", "2001:db8:0:1::1", false),
            ("helo", "a.example", "A.Example", true), ("helo", "a.example", "b.example", false),
            ("sender", "ann@a.example", "ann@A.example", true), ("sender", "ann@a.example", "Ann@a.example", false),
            ("sender", "<>", "<>", true),
            ("[client.address, sender.domain]", "192.0.2.7", "192.0.2.8", false),
            ("[listener, client.port]", "192.0.2.7", "192.0.2.8", true),
        ]
    )
    func keys(attribute: String, first: String, second: String, isSame: Bool) throws {
        let set = try policy("{ of: \(attribute), over: 1/1h }")
        func change(_ text: String) -> (inout Facts) -> Void {
            { facts in
                if let address = IPAddress(text) { facts.clientAddress = address }
                facts.helo = HeloArgument(text)
                facts.sender = Mailbox(text).map(ReversePath.mailbox) ?? .null
            }
        }
        #expect(held(set, [change(first), change(second)]) == [false, isSame])
    }

    @Test("of several values each is counted, and one that is over makes the rule hold")
    func severalValues() throws {
        let set = try policy("{ of: recipient.domain, over: 1/1h }")
        func to(_ addresses: String...) -> (inout Facts) -> Void {
            { $0.recipients = addresses.compactMap { Mailbox($0).map(ForwardPath.mailbox) } }
        }
        let outcome = held(
            set,
            [to("a@a.example", "b@a.example"), to("a@b.example"), to("a@c.example", "b@b.example"), to("a@c.example")]
        )
        #expect(outcome == [false, false, true, true])
        #expect(counters.count == 3)
    }

    @Test("a message with thousands of values makes no more counters than are allowed to one")
    func manyValues() throws {
        let set = try policy("{ of: [header.to.address, recipient], over: 1/1h }")
        var facts = Facts.example
        facts.header = headerSection(
            "To: " + (0..<3000).map { "a\($0)@a.example" }.joined(separator: ",\n ")
        )
        _ = set.evaluate(.message, facts, counting: counters)
        #expect(counters.count == RateTest.longestCount)
    }

    @Test("an attribute without a value is not counted")
    func noValue() throws {
        let set = try policy("{ of: [client.address, mail.ret], over: 0/1h }")
        #expect(held(set, [{ _ in }, { _ in }]) == [false, false])
        #expect(counters.count == 0)
    }

    @Test("a rule counts when everything else of it holds, in whatever order that is written")
    func countsLast() throws {
        let set = try policy("{ of: listener, over: 1/1h }", ", client.port: 1")
        let other: (inout Facts) -> Void = { $0.clientPort = 2 }
        let counted: (inout Facts) -> Void = { $0.clientPort = 1 }
        #expect(
            held(set, [other, other, other, counted, other, counted]) == [false, false, false, false, false, true])
        let unless = try policySet(rules: [
            "at: message, when: { rate: { of: listener, over: 0/1h } }, unless: { client.port: 2 }, then: { log: a }"
        ])
        #expect(held(unless, [other, counted]) == [false, true])
    }

    @Test("a rule in monitor mode counts as well, and one that is not tried does not")
    func monitor() throws {
        let set = try policySet(rules: [
            "mode: monitor, at: message, when: { rate: { of: listener, over: 1/1h } }, then: { reject: 'no' }",
            "at: message, when: { client.port: 1 }, then: { accept: true }",
            "at: message, when: { rate: { of: listener, over: 0/1h } }, then: { log: a }",
        ])
        var facts = Facts.example
        facts.clientPort = 1
        #expect(set.evaluate(.message, facts, counting: counters).fired.map(\.rule) == ["rule2"])
        #expect(counters.count == 1)
        facts.clientPort = 2
        #expect(set.evaluate(.message, facts, counting: counters).fired.map(\.rule) == ["rule1", "rule3"])
    }

    @Test("a rule that stays as it was goes on counting when the policy is loaded anew, a changed one begins again")
    func reload() throws {
        let text =
            "at: message, when: { rate: { of: listener, over: 1/1h }, client.port: { over: 1 } }, then: { log: a }"
        #expect(held(try policySet(rules: [text]), [{ _ in }]) == [false])
        let sameRate = text.replacing("log: a", with: "log: b").replacing("over: 1 }", with: "over: 2 }")
        #expect(held(try policySet(rules: [sameRate]), [{ _ in }]) == [true])
        #expect(held(try policySet(rules: [text.replacing("1/1h", with: "1/2h")]), [{ _ in }]) == [false])
        #expect(held(try policySet(rules: ["then: { log: a }", text]), [{ _ in }]) == [false])
    }

    @Test("the trace tells how often it was, and making it does not count")
    func trace() throws {
        let set = try policy("{ of: [client.address, sender], over: 3/90s }")
        for _ in 0..<2 { _ = set.evaluate(.message, .example, counting: counters) }
        var trace = EvaluationTrace()
        _ = set.evaluate(.message, .example, counting: counters, trace: &trace)
        guard case .notHeld(let failures)? = trace.steps.first?.result else { throw CancellationError() }
        #expect(failures.map(\.description) == ["not `rate` of `client.address` with `sender` over `3/90s`: it is `3`"])
        #expect(held(set, [{ _ in }]) == [true])
    }

    @Test("rules run at the stage of what they count, or later")
    func stages() throws {
        let set = try policySet(rules: [
            "when: { rate: { of: client.address, over: 1/1h } }, then: { reject: 'no' }",
            "when: { rate: { of: [client.address, sender], over: 1/1h } }, then: { reject: 'no' }",
            "at: recipient, when: { rate: { of: client.address, over: 1/1h } }, then: { reject: 'no' }",
        ])
        #expect(set.summary.policies.first?.rules.map(\.stage) == [.connect, .mail, .recipient])
    }

    @Test("event loops count together")
    func concurrency() async throws {
        let set = try policy("{ of: listener, over: 1000000/1h }")
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { for _ in 0..<500 { _ = set.evaluate(.message, .example, counting: counters) } }
            }
        }
        var trace = EvaluationTrace()
        _ = set.evaluate(.message, .example, counting: counters, trace: &trace)
        guard case .notHeld(let failures)? = trace.steps.first?.result else { throw CancellationError() }
        #expect(failures.first?.seen == ["4001"])
    }
}

import Testing

@testable import Policy

/// Rules that ask for the client's names.
struct ClientNameTests {
    private func outcome(_ rule: String, _ names: ClientNames?) throws -> StageOutcome {
        var facts = Facts.example
        facts.clientNames = names
        return try policySet(rules: ["at: mail, \(rule)"]).evaluate(.mail, facts)
    }

    private static let unconfirmed = ClientNames(reverse: .found("mail.example.net"), confirmed: .absent)

    @Test(
        "`client.name` is the reverse name that leads back to the client",
        arguments: [
            ("client.name: .example.net", unconfirmed, false), ("client.name: { exists: false }", unconfirmed, true),
            ("client.reverse-name: .example.net", unconfirmed, true), ("client.name: { exists: false }", .none, true),
            ("client.reverse-name: { exists: true }", .none, false),
        ]
    )
    func confirmation(condition: String, names: ClientNames, holds: Bool) throws {
        #expect(try outcome("when: { \(condition) }, then: { log: a }", names).fired.isEmpty != holds)
    }

    @Test(
        "a name that could not be learnt is not the same as none: rules that refuse answer for now",
        arguments: [
            "when: { client.name: { exists: false } }", "when: { client.name: mail.example.net }",
            "unless: { client.name: .example.net }", "when: { none: [{ client.reverse-name: { exists: true } }] }",
            "when: { client.name: { not-in: [a.example] } }", "when: { rate: { of: client.name, over: 5/1h } }",
        ]
    )
    func unknown(conditions: String) throws {
        let refusing = try outcome("\(conditions), then: { reject: 'no' }", .unknown("time out"))
        #expect(refusing.decision.reply?.description.hasPrefix("451 4.3.0 ") == true)
        #expect(refusing.failures.count == 1)
        #expect(refusing.failures.first?.description.hasSuffix("is not known for now: time out") == true)
        let tagging = try outcome("\(conditions), then: { tag: a }", .unknown("time out"))
        #expect(tagging.decision == .none)
        #expect(tagging.tags == [])
        #expect(tagging.failures == refusing.failures)
    }

    @Test(
        "of many rules that refuse none is passed over because a name could not be learnt",
        arguments: ["mail%.example.net", "{ in: [.a%.example] }", "{ matches: 'dyn%x' }", "{ ends-with: .b%.example }"]
    )
    func unknownAmongMany(asked: String) throws {
        let rules = (0..<500).map { number in
            let written = asked.replacing("%", with: "\(number)")
            return "at: mail, when: { client.name: \(written), sender.domain: example.net }, then: { reject: 'no' }"
        }
        let set = try policySet(rules: rules)
        var facts = Facts.example
        facts.clientNames = .unknown("time out")
        #expect(set.evaluate(.mail, facts).decision.reply?.code.rawValue == 451)
        facts.sender = .null
        #expect(set.evaluate(.mail, facts).decision == .none)
    }

    @Test("what nobody has asked for is not taken for absent")
    func notAsked() throws {
        let refusing = try outcome("when: { client.name: { exists: false } }, then: { reject: 'no' }", nil)
        #expect(refusing.decision.reply?.code.rawValue == 451)
    }

    @Test("the reverse name is known although the way back is not")
    func halfKnown() throws {
        let names = ClientNames(reverse: .found("mail.example.net"), confirmed: .unknown("time out"))
        #expect(!names.areKnown)
        #expect(try !outcome("when: { client.reverse-name: .example.net }, then: { log: a }", names).fired.isEmpty)
        #expect(try outcome("when: { client.name: .example.net }, then: { log: a }", names).failures.count == 1)
        #expect(try outcome("then: { log: 'from {client.name}' }", names).logLines == ["test/rule1: from "])
    }

    @Test(
        "names are asked for at the stages whose rules read them",
        arguments: [
            ("when: { client.name: a.example }, then: { log: a }", [Stage.connect]),
            ("at: mail, unless: { any: [{ client.reverse-name: a.example }] }, then: { log: a }", [.mail]),
            ("at: helo, then: { log: '{client.name}' }", [.helo]),
            ("then: { add-header: { X-Client: '{client.reverse-name}' } }", [.header]),
            ("when: { rate: { of: [client.name, sender], over: 1/1h } }, then: { log: a }", [.mail]),
            ("when: { command: VRFY, client.name: a.example }, then: { log: a }", [.command]),
            ("mode: off, when: { client.name: a.example }, then: { log: a }", []),
            ("when: { client.address: 10.0.0.1 }, then: { log: a }", []),
        ]
    )
    func asked(rule: String, stages: [Stage]) throws {
        let set = try policySet(rules: [rule])
        #expect(Stage.allCases.filter { set.readsClientNames(at: $0) } == stages)
        #expect(set.readsClientNames == !stages.isEmpty)
    }
}

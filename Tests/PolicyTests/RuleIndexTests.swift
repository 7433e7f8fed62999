import MailMessage
import PolicyFiles
import SMTPProtocol
import Testing

@testable import Policy

/// With an index and without, rules do the same.
struct RuleIndexTests {
    @Test("random rules over random mails: the outcome is that of trying every rule", arguments: 0..<10)
    func randomRules(seed: Int) throws {
        var random = SplitMix(seed: UInt64(seed))
        for _ in 0..<12 {
            let rules = (0..<Int.random(in: 1...40, using: &random)).map { number in
                var generator = RuleGenerator(random: random)
                defer { random = generator.random }
                return "  - { name: r\(number), \(generator.rule()) }\n"
            }
            let text = """
                policy: p
                lists:
                  domains: [example.com, .example.org, sub.example.net, \(RuleGenerator.filling)]
                  networks: [192.0.2.0/24, 10.0.0.0/8, "2001:db8::/32", 0.0.0.0/1, 203.0.113.7]
                rules:
                \(rules.joined())
                """
            let loaded = PolicyFile.load(text: text, path: "p.yaml")
            guard let set = loaded.set else {
                Issue.record("\(loaded.diagnostics) in\n\(text)")
                continue
            }
            let indexed = set.indexed(from: 0)
            for _ in 0..<10 {
                let facts = RuleGenerator.facts(&random)
                for stage in Stage.allCases {
                    let (plain, quick) = (set.evaluate(stage, facts), indexed.evaluate(stage, facts))
                    #expect(Effects(plain) == Effects(quick), "at \(stage) of\n\(text)\n\(facts)")
                }
            }
        }
    }

    @Test("a rule that cannot hold is not tried, whatever it asks")
    func selects() throws {
        let set = try policySet(rules: [
            "when: { header.subject: { matches: 'word1\\b' } }, then: { log: a }",
            "when: { header.subject: { matches: 'word2\\b' }, sender.domain: .example.org }, then: { log: a }",
            "when: { header.x-rule: { not-matches: a } }, then: { log: a }",
            "when: { any: [{ header.from.domain: a.example }, { header.to: { contains: bob } }] }, then: { log: a }",
            "unless: { header.subject: a }, then: { log: a }",
            "when: { recipients.count: { over: 1 }, sender: a@b.example }, then: { log: a }",
            "when: { client.address: 192.0.2.0/24, header.subject: { matches: '.' } }, then: { log: a }",
            "when: { tag: bulk, header.subject: { matches: '.' } }, then: { log: a }",
        ])
        func selected(_ change: (inout Facts) -> Void) throws -> [Int] {
            var facts = Facts()
            change(&facts)
            let rules = set.rulesByStage[Stage.header.rawValue]
            var selection = RuleSelection(count: rules.count)
            var reader = AttributeReader(of: facts, set)
            try #require(set.indexed(from: 0).indexes[Stage.header.rawValue]).select(&reader, facts, into: &selection)
            return rules.indices.filter { selection.first(from: $0) == $0 }
        }
        #expect(try selected { _ in } == [4])
        #expect(try selected { $0.header = headerSection("Subject: word1 word3\nX-Other: word2") } == [0, 4])
        #expect(try selected { $0.header = headerSection("Subject: word2") } == [4])
        #expect(
            try selected {
                $0.header = headerSection("Subject: word2\nX-RULE: b")
                $0.sender = Mailbox("a@sub.Example.ORG").map(ReversePath.mailbox)
            } == [1, 2, 4])
        #expect(try selected { $0.header = headerSection("To: Bob <b@c.example>\nFrom: x@A.Example") } == [3, 4])
        #expect(try selected { $0.sender = Mailbox("a@B.example").map(ReversePath.mailbox) } == [4, 5])
        #expect(try selected { $0.clientAddress = IPAddress("192.0.2.200") } == [4, 6])
        #expect(try selected { $0.tags = ["bulk"] } == [4, 7])
    }

    /// What the rule of each number asks, what is given, and the rules that may hold then.
    struct LookUp: Sendable {
        var condition: String
        var given: @Sendable (inout Facts) -> Void
        var expected: [Int]

        init(_ condition: String, _ expected: [Int] = [70], _ given: @escaping @Sendable (inout Facts) -> Void) {
            (self.condition, self.expected, self.given) = (condition, expected, given)
        }
    }

    static let lookUps: [LookUp] = [
        LookUp("sender.domain: d{}.example") { $0.sender = mailbox("a@D70.example") },
        LookUp("sender.domain: .d{}.example") { $0.sender = mailbox("a@b.c.D70.example") },
        LookUp("sender: u{}@example.org") { $0.sender = mailbox("u70@EXAMPLE.org") },
        LookUp("sender.local: u{}") { $0.sender = mailbox("u70@b.example") },
        LookUp("helo: h{}.example") { $0.helo = HeloArgument("H70.example") },
        LookUp("client.address: 10.{}.0.0/16") { $0.clientAddress = IPAddress("10.70.3.4") },
        LookUp("client.address: '2001:db8:{}::/48'") { $0.clientAddress = IPAddress("2001:db8:70::9") },
        // Networks within each other, of 3 to 32 bits.
        LookUp("client.address: 32.0.0.0/{bits}", Array(0...28)) { $0.clientAddress = IPAddress("32.0.0.1") },
        LookUp("client.port: '{}'") { $0.clientPort = 70 },
        LookUp("recipients.count: '{}'", [2]) { _ in },
        LookUp("mail.envid: e{}") {
            $0.mailParameters = ESMTPParameters([ESMTPParameter("ENVID", "e70")].compactMap { $0 })
        },
        LookUp("header.from.domain: d{}.example", [70, 71]) {
            $0.header = headerSection("From: a@d70.EXAMPLE, b@d71.example")
        },
        LookUp("header.subject: s{}") { $0.header = headerSection("Subject: =?utf-8?q?s70?=") },
        LookUp("header.subject: { starts-with: 's{}.' }") { $0.header = headerSection("Subject: S70. or so") },
        LookUp("header.subject: { ends-with: '.s{}' }") { $0.header = headerSection("Subject: or .S70") },
        LookUp("tag: t{}") { $0.tags = ["t70"] },
        LookUp("sender.domain: { in: list{} }") { $0.sender = mailbox("a@x.d70.example") },
        LookUp("sender.domain: { in: long{} }") { $0.sender = mailbox("a@x.d70.example") },
        // What all rules ask for is not what they are found by.
        LookUp("sender.domain: b.example, client.address: 10.0.{}.0/24") { $0.clientAddress = IPAddress("10.0.70.1") },
        LookUp("sender.domain: b.example, header.subject: { matches: 's{}\\b' }") {
            $0.header = headerSection("Subject: s70")
        },
        LookUp("sender.domain: { in: long1 }, header.subject: s{}", [70]) {
            ($0.sender, $0.header) = (mailbox("a@x.d1.example"), headerSection("Subject: s70"))
        },
        // Rules that ask for nothing else are all found by it.
        LookUp("sender.domain: { in: long1 }", Array(0..<100)) { $0.sender = mailbox("a@x.d1.example") },
        LookUp("sender.domain: { in: long1 }", []) { $0.sender = mailbox("a@x.d2.example") },
    ]

    @Test("rules are looked up by what they ask for, and the others are not tried, however many", arguments: lookUps)
    func lookedUp(_ lookUp: LookUp) throws {
        let longLists = lookUp.condition.contains("long")
        func list(_ number: Int, filling: Int) -> String {
            let others = (0..<filling).map { "f\($0).of\(number).example" }.joined(separator: ", ")
            return "[.d\(number).example, \(others)]"
        }
        var text = "policy: p\nlists:\n"
        for number in 0..<100 {
            text += "  list\(number): \(list(number, filling: 3))\n"
            if longLists { text += "  long\(number): \(list(number, filling: ValueIndex.largestSet))\n" }
        }
        text += "rules:\n"
        for number in 0..<100 {
            let condition = lookUp.condition.replacing("{bits}", with: "\(min(32, number + 3))")
                .replacing("{}", with: "\(number)")
            text += "  - { name: r\(number), at: header, when: { \(condition) }, then: { log: a } }\n"
        }
        let set = try policySet(text)
        let indexed = set.indexed(from: 0)
        var facts = Facts.example
        (facts.sender, facts.clientAddress, facts.tags) = (mailbox("a@b.example"), IPAddress("192.0.2.1"), [])
        lookUp.given(&facts)
        let rules = set.rulesByStage[Stage.header.rawValue]
        var selection = RuleSelection(count: rules.count)
        var reader = AttributeReader(of: facts, set)
        try #require(indexed.indexes[Stage.header.rawValue]).select(&reader, facts, into: &selection)
        #expect(rules.indices.filter { selection.first(from: $0) == $0 } == lookUp.expected)
        #expect(Effects(set.evaluate(.header, facts)) == Effects(indexed.evaluate(.header, facts)))
    }

    @Test("a rule sees what the rules before it changed, although it was not selected at first")
    func laterRules() throws {
        let set = try policySet(rules: [
            "when: { header.subject: { matches: start } }, then: { set-header: { X-A: one } }",
            "when: { header.x-a: { matches: one } }, then: [{ tag: marked }, { set-header: { X-B: two } }]",
            "when: { header.x-b: two, tag: marked }, then: { log: found }",
            "when: { tag: other }, then: { log: never }",
        ]).indexed(from: 0)
        var facts = Facts()
        facts.header = headerSection("Subject: start")
        #expect(set.evaluate(.header, facts).logLines == ["test/rule3: found"])
    }

    @Test("a header field that is too long to be searched fails closed with an index, too")
    func tooLong() throws {
        let set = try policySet(rules: ["when: { header.subject: { matches: needle } }, then: { reject: refused }"])
        var facts = Facts()
        facts.header = headerSection("Subject: " + String(repeating: "x", count: 70_000))
        let (plain, indexed) = (set.evaluate(.header, facts), set.indexed(from: 0).evaluate(.header, facts))
        #expect(plain.decision.reply?.code.rawValue == 451)
        #expect(Effects(plain) == Effects(indexed))
    }

    @Test("stages of few rules have no index")
    func smallStages() throws {
        let rules = (0..<30).map { "when: { sender.domain: d\($0).example }, then: { log: a }" }
        let set = try policySet(rules: rules + ["when: { helo: a.example }, then: { log: a }"]).indexed()
        #expect(set.indexes.map { $0 != nil } == Stage.allCases.map { $0 == .mail })
    }
}

private func mailbox(_ text: String) -> ReversePath? { Mailbox(text).map(ReversePath.mailbox) }

/// What an outcome comes to, in a form that can be compared.
private struct Effects: Equatable {
    var decision: StageOutcome.Decision
    var hidden: [String]
    var header: String?
    var tags: [String]
    var fired: [RuleReference]
    var lines: [String]
    var failures: [String]
    var envelope: EnvelopeChanges

    init(_ outcome: StageOutcome) {
        decision = outcome.decision
        hidden = outcome.hiddenKeywords
        header = text(of: outcome.header)
        tags = outcome.tags
        fired = outcome.fired
        lines = outcome.logLines
        failures = outcome.failures.map { String(describing: $0) }
        envelope = outcome.envelope
    }
}

/// Makes rules and mails that often meet.
private struct RuleGenerator {
    var random: SplitMix

    /// Entries that make a list too large to be taken apart.
    static let filling = (0..<400).map { "fill\($0).example" }.joined(separator: ", ")
    private static let words = ["alpha", "beta", "gamma", "Straße", "delta"]
    private static let domains = ["example.com", "example.org", "sub.example.net", "a.sub.example.org"]
    private static let addresses = ["192.0.2.7", "10.1.2.3", "2001:db8::9", "203.0.113.7", "198.51.100.1"]

    mutating func rule() -> String {
        let unless = one(in: 4) ? "unless: \(condition(depth: 1)), " : ""
        let mode = one(in: 8) ? "mode: monitor, " : ""
        if one(in: 8) {
            let (first, second) = (any(Self.words), any(Self.words))
            return
                "when: { any: [\(condition(depth: 1)), { header.subject: { matches: ['(\(first))', '(\(second))'] } }] }, "
                + "then: { log: 'group {match.1} of {header.subject}' }"
        }
        if one(in: 6) {
            let edit = any(["set-recipient: bob@\(any(Self.domains))", "add-recipient: eve@example.com"])
            let (first, second) = (any(Self.domains), any(Self.domains))
            return "when: { any: [{ recipient.domain: \(first) }, { sender.domain: \(second) }] }, then: { \(edit) }"
        }
        return "\(mode)when: \(condition(depth: 2)), \(unless)then: \(action())"
    }

    private mutating func one(in count: Int) -> Bool { Int.random(in: 0..<count, using: &random) == 0 }

    private mutating func any(_ choices: [String]) -> String { choices.randomElement(using: &random) ?? "" }

    private mutating func action() -> String {
        any([
            "{ log: 'saw {listener}' }", "{ tag: alpha }", "{ tag: beta }", "{ set-header: { X-Mark: gamma } }",
            "{ remove-header: Subject }", "{ add-header: { X-Mark: beta delta } }", "{ prefix-subject: '[alpha]' }",
            "{ rewrite-header: { name: Subject, match: beta, replace: gamma } }", "{ tag: delta }",
            "{ log: a }", "{ log: a }", "{ log: a }", "{ tag: gamma }", "{ reject: refused }", "{ accept: true }",
        ])
    }

    private mutating func condition(depth: Int) -> String {
        if depth > 0, one(in: 3) {
            let parts = (0..<Int.random(in: 1...3, using: &random)).map { _ in condition(depth: depth - 1) }
            return "{ \(any(["any", "all", "none"])): [\(parts.joined(separator: ", "))] }"
        }
        var tests: [String: String] = [:]
        for _ in 0..<Int.random(in: 1...2, using: &random) {
            let (attribute, test) = test()
            tests[attribute] = test
        }
        return "{ " + tests.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ") + " }"
    }

    private mutating func test() -> (String, String) {
        let word = any(Self.words)
        let domain = any(Self.domains + [".example.org", ".net", "."].dropLast())
        switch Int.random(in: 0..<12, using: &random) {
        case 0...4:
            let attribute = any([
                "header.subject", "header.x-mark", "header.from", "header.subject.raw", "header.to.display-name",
            ])
            let test = any([
                "{ matches: '(\(word))' }", "{ matches: '\(word)|x{3}' }", "{ contains: \(word) }", "\(word)",
                "{ starts-with: \(word) }", "{ ends-with: \(word) }", "{ not-matches: '\(word)' }", "{ exists: true }",
                "{ matches: ['(?i)\(word)\\b', '\\R\(word)'] }", "{ matches: '.' }", "{ exists: false }",
                "{ is: [\(word), alpha], matches: '^\(word)' }", "{ not-in: [\(word)] }", "{ matches: '(a)(?!l)\\1*' }",
            ])
            return (attribute, test)
        case 5:
            return (
                "sender.domain", any(["\(domain)", "{ in: domains }", "{ not-in: domains }", "{ matches: 'org$' }"])
            )
        case 6: return ("sender", any(["ann@\(domain.drop { $0 == "." })", "\(domain)", "<>", "{ exists: true }"]))
        case 7:
            return (
                "client.address", any(["{ in: networks }", any(Self.addresses), "{ not-in: networks }", "10.0.0.0/8"])
            )
        case 8: return ("header.from.domain", any(["{ in: domains }", "\(domain)"]))
        case 9: return ("header.from.address", any(["ann@\(domain.drop { $0 == "." })", "\(domain)"]))
        case 10: return ("tag", any(["alpha", "beta", "{ is: [gamma, delta] }"]))
        default: return any2()
        }
    }

    private mutating func any2() -> (String, String) {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: return ("recipient.domain", any(Self.domains))
        case 1: return ("mail.body", any(["7BIT", "8bitmime"]))
        case 2: return ("header.subject.count", any(["0", "1", "{ over: 1 }"]))
        case 3: return ("mail.smtputf8", any(["true", "false"]))
        case 4: return ("helo", any(Self.domains))
        default: return ("time.hour", any(["9", "{ over: 8 }", "10"]))
        }
    }

    static func facts(_ random: inout SplitMix) -> Facts {
        func pick(_ choices: [String]) -> String { choices.randomElement(using: &random) ?? "" }
        var facts = Facts.example
        facts.tags = []
        facts.clientAddress = IPAddress(pick(addresses))
        facts.helo = HeloArgument(pick(domains))
        facts.sender = pick(["", "x"]).isEmpty ? .null : Mailbox("ann@\(pick(domains))").map(ReversePath.mailbox)
        facts.recipients = (0..<2).compactMap { _ in Mailbox("bob@\(pick(domains))").map(ForwardPath.mailbox) }
        facts.recipient = facts.recipients.first
        if pick(["", "x"]).isEmpty { facts.tags = ["delta"] }
        let fields = [
            "Subject: \(pick(words)) \(pick(words))", "X-Mark: \(pick(words))", "From: Ann <ann@\(pick(domains))>",
            "To: \(pick(words)) <bob@\(pick(domains))>", "Subject: =?utf-8?q?\(pick(["alpha", "beta"]))?=",
            "X-Other: alpha",
        ]
        let chosen = fields.filter { _ in Int.random(in: 0..<3, using: &random) > 0 }
        facts.header = headerSection(chosen.joined(separator: "\n"))
        return facts
    }
}

extension AttributeReader {
    fileprivate init(of facts: Facts, _ set: PolicySet) {
        let header = facts.header.map { HeaderView($0, names: set.headerNames) }
        self.init(stage: .header, header: header, tags: facts.tags)
    }
}

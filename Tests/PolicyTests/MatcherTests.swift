import SMTPProtocol
import Testing

@testable import Policy

/// Conditions against one fully known transaction (`Facts.example`), judged at `message`.
struct MatcherTests {
    static let lists = """
        { ours: [example.com, .example.org], office: [192.0.2.0/24], people: [bob@example.com, Ann.Sender@example.net],
          words: [mx, submission], none: [] }
        """

    static let holding = [
        // Names and addresses of the connection
        "listener: mx", "listener: [submission, mx]", "listener: { in: words }", "listener: { not-in: [a, b] }",
        "client.address: 192.0.2.7", "client.address: 192.0.2.0/24", "client.address: { in: office }",
        "client.address: { not-in: [10.0.0.0/8, '::/0'] }", "client.address: { not-in: none }",
        "client.name: mail.example.net", "client.name: { in: [.example.net], matches: '^Mail' }",
        "client.reverse-name: [a.example, .net]", "client.name: { ends-with: NET, exists: true }",
        "client.port: 40000", "client.port: { over: 1023 }", "time.hour: { at-least: 8, under: 18 }",
        "time.weekday: saturday", "time.weekday: [sat, sun]", "time.weekday: 6", "time.weekday: { over: friday }",
        // HELO
        "helo: client.example.net", "helo: .example.net", "helo: { ends-with: .NET }", "helo.kind: name",
        "helo.kind: { not-in: [literal, invalid] }", "helo: { matches: '(?i)^client' }",
        "tls: false", "auth.user: { exists: false }", "tls.version: { exists: false }", "tls.cipher: { exists: false }",
        "tls.client-fingerprint: { exists: false }",
        // Envelope
        "sender: Ann.Sender@example.net", "sender: { in: people }", "sender: { exists: true }",
        "sender: EXAMPLE.net", "sender: { is: .example.net }", "sender.local: Ann.Sender",
        "sender.domain: example.net", "sender.domain: { in: [.net] }", "sender: { contains: SENDER@ }",
        "sender: { matches: '^Ann\\.' }", "sender.domain: { not-in: ours }",
        "mail.size: 1000", "mail.size: { at-most: 1 KiB }", "mail.body: 8BITMIME", "mail.smtputf8: true",
        "mail.requiretls: false", "mail.envid: a+b", "mail.ret: { exists: false }",
        "recipient: bob@EXAMPLE.COM", "recipient.domain: { in: ours }", "recipient.local: [eve, x]",
        "recipients.count: 2", "recipients.count: { over: 1, under: 3 }",
        // Header section
        "header.subject: Grüße from the seaside", "header.subject: { contains: GRÜßE, exists: true }",
        "header.SUBJECT: { starts-with: GRÜ }", "header.subject: { ends-with: SEASIDE }",
        "header.subject: { matches: 'Gr..e', not-matches: mountain }", "header.subject.raw: { starts-with: '=?utf-8' }",
        "header.from.address: { in: people }", "header.from.domain: example.net",
        "header.from.display-name: Ann Sender", "header.from.local: Ann.Sender",
        "header.to.domain: .example.org", "header.to.address: eve@sub.example.org", "header.received.count: 2",
        "header.received: { contains: internal }", "header.x-absent: { exists: false }", "header.x-absent.count: 0",
        "header.x-empty: { exists: true }", "header.x-empty: ''",
        "headers.field: { matches: '^Subject: .*\\n seaside$' }", "headers.field: { contains: 'x-empty:' }",
        "headers.field: { starts-with: 'received: ', not-matches: 'internal' }",
        "headers.count: 6", "headers.size: { over: 100, under: 1 KiB }", "headers.invalid: false", "received.count: 2",
        // Content
        "message.size: 5000", "message.size: { over: 4 KiB }", "message.eight-bit: true", "message.nul: false",
        "message.longest-line: { over: 100 }", "message.bare-newline: false",
        "tag: bulk", "tag: { not-in: [other] }",
        // Nesting
        "any: [{ listener: other }, { listener: mx }]", "all: [{ listener: mx }, { client.port: 40000 }]",
        "none: [{ listener: other }, { client.port: 1 }]", "listener: mx, unless: { listener: other }",
        "any: [{ all: [{ listener: mx }, { none: [{ client.port: 1 }] }] }]",
    ]

    static let notHolding = [
        "listener: MX", "listener: { not-in: words }", "client.address: 192.0.2.8",
        "client.name: example.net", "client.name: { exists: false }", "client.reverse-name: { not-in: [.net] }",
        "client.address: { not-in: office }", "client.address: { in: none }", "client.port: { under: 1024 }",
        "time.hour: { over: 9 }", "time.weekday: monday", "helo: other.example.net",
        "helo.kind: literal", "tls: true", "tls.version: { not-in: [TLSv1] }", "auth.user: { exists: true }",
        "auth.user: { not-in: [ann] }",
        "sender: ann.sender@example.net", "sender: .org", "sender.domain: { in: ours }", "sender: <>",
        "mail.size: { over: 1000 }", "mail.body: 7BIT", "mail.smtputf8: false", "mail.envid: a+2Bb",
        "recipient.domain: { not-in: [.example.org, example.com] }", "recipient: nobody@example.com",
        "header.subject: grüße from the seaside", "header.subject: { matches: '^from' }",
        "header.subject: { contains: mountain }", "header.from.domain: sub.example.net",
        "header.x-absent: { not-in: [a] }", "header.x-absent: { not-matches: a }", "header.x-absent: ''",
        "headers.field: { matches: 'Grüße' }", "headers.field: { starts-with: 'x-empty', contains: seaside }",
        "header.x-empty: { exists: false }", "header.received.count: { over: 2 }", "headers.invalid: true",
        "message.size: { under: 5000 }", "message.eight-bit: false", "tag: other", "tag: Bulk",
        "any: [{ listener: other }, { client.port: 1 }]", "all: [{ listener: mx }, { client.port: 1 }]",
        "none: [{ listener: mx }]", "listener: mx, unless: { client.port: 40000 }",
        "client.port: { over: 40000 }", "listener: { starts-with: mxx }", "listener: { contains: mxx }",
    ]

    @Test("a condition that fits the transaction holds", arguments: holding)
    func holds(condition: String) throws {
        #expect(try isHeld(condition))
    }

    @Test("a condition that does not fit the transaction does not hold", arguments: notHolding)
    func holdsNot(condition: String) throws {
        #expect(try !isHeld(condition))
    }

    @Test("`unless` holds exactly where `when` does not", arguments: holding + notHolding)
    func unlessIsTheOpposite(condition: String) throws {
        let set = try policySet(lists: Self.lists, rules: ["at: message, unless: { \(condition) }, then: { log: a }"])
        #expect(try set.evaluate(.message, .example).fired.isEmpty == isHeld(condition))
    }

    @Test("several values of an attribute must not share in satisfying several operators")
    func operatorsHoldOfOneValue() throws {
        // One recipient is in example.com, the other one begins with `eve`; none is both.
        #expect(try !isHeld("recipient: { in: [example.com], starts-with: eve }"))
        #expect(try isHeld("recipient: { in: [.example.org], starts-with: eve }"))
    }

    @Test("the null reverse-path is an empty text, and no value")
    func nullReversePath() throws {
        var facts = Facts.example
        facts.sender = .null
        for condition in [
            "sender: <>", "sender: ''", "sender: { exists: false }", "sender.domain: { not-in: [a.example] }",
        ] {
            #expect(try isHeld(condition, facts), "\(condition)")
        }
        #expect(try !isHeld("sender: { exists: true }", facts))
        #expect(try !isHeld("sender: example.net", facts))
    }

    @Test("postmaster without a domain is a recipient like any other")
    func postmaster() throws {
        var facts = Facts.example
        facts.recipients = [.postmaster]
        #expect(try isHeld("recipient: PostMaster", facts))
        #expect(try isHeld("recipient.local: postmaster", facts))
        #expect(try isHeld("recipient.domain: { exists: false }", facts))
    }

    @Test("a message without BODY is declared as 7BIT")
    func undeclaredBody() throws {
        var facts = Facts.example
        facts.mailParameters = ESMTPParameters()
        #expect(try isHeld("mail.body: 7BIT", facts))
        #expect(try isHeld("mail.size: { exists: false }", facts))
    }

    private func isHeld(_ condition: String, _ facts: Facts = .example) throws -> Bool {
        let set = try policySet(lists: Self.lists, rules: ["at: message, when: { \(condition) }, then: { log: a }"])
        return !set.evaluate(.message, facts).fired.isEmpty
    }
}

import MailMessage
import NIOCore
import SMTPProtocol
import Testing

@testable import Policy

/// Texts with places, and what peers can make of them.
struct TextTests {
    @Test(
        "a place in a text stands for what is known",
        arguments: [
            ("{rule} of {policy}", "rule1 of test"), ("{client.address}:{client.port}", "192.0.2.7:40000"),
            ("{helo} {helo.kind}", "Client.Example.NET name"),
            ("<{sender}> {sender.domain}", "<Ann.Sender@Example.NET> Example.NET"),
            ("{recipient}", "bob@example.com, eve@sub.example.org"), ("{header.subject}", "Grüße from the seaside"),
            ("{header.from.domain} {header.received.count}", "Example.NET 2"), ("{header.x-absent}!", "!"),
            ("{mail.size} {mail.smtputf8}", "1000 true"), ("{message.size}", "5000"), ("{tag}", "bulk"),
            ("{now}", "Sat, 28 Nov 2026 09:30:00 +0100"),
            ("{id} at {stage} of {hostname}", "s3ss10n.1 at message of gatepost.example"),
            ("{{rule} }} {{{rule}}", "{rule} }} {rule1}"), ("{match.1}-{match.year}-{match.0}", "sea--sea"),
        ]
    )
    func places(template: String, expected: String) throws {
        let set = try policySet(rules: [
            "at: message, when: { header.subject: { matches: '(s(?:e)a)|(?<year>\\d)' } }, then: { log: '\(template)' }"
        ])
        #expect(set.evaluate(.message, .example).logLines == ["test/rule1: \(expected)"])
    }

    @Test(
        "the identifier is the one under which the log tells of it",
        arguments: [
            (Stage.connect, "s3ss10n"), (.helo, "s3ss10n"), (.command, "s3ss10n"), (.mail, "s3ss10n.1"),
            (.recipient, "s3ss10n.1"),
        ]
    )
    func identifier(stage: Stage, expected: String) throws {
        let set = try policySet(rules: ["at: \(stage), then: { log: '{id} {stage}' }"])
        #expect(set.evaluate(stage, .example).logLines == ["test/rule1: \(expected) \(stage)"])
    }

    @Test("groups are those of the last pattern that held")
    func groups() throws {
        let set = try policySet(rules: [
            """
            when: { any: [{ helo: { matches: '(zzz)' } }, { sender: { matches: '(\\w+)\\.' } }],
            none: [{ listener: { matches: '(q)' } }] }, at: mail, then: { log: '{match.1}' }
            """
        ])
        #expect(set.evaluate(.mail, .example).logLines == ["test/rule1: Ann"])
    }

    /// Facts with a subject that holds line ends, control characters, and marks that change the direction.
    static let hostile: Facts = {
        var facts = Facts.example
        facts.header = headerSection(
            "From: a@example.net\nSubject: a\r250 OK\r\r\0\u{1b}[2Jé\u{202e}\u{85}"
        )
        return facts
    }()

    @Test("what a peer supplied cannot add a line, a control character or a reply of its own")
    func repliesAreClean() throws {
        let set = try policySet(rules: ["at: header, then: { reject: 'no {header.subject}' }"])
        let reply = try #require(set.evaluate(.header, Self.hostile).decision.reply)
        #expect(reply.lines == ["5.7.1 no a?250 OK????[2J???"])
        var wire = ByteBuffer()
        reply.write(into: &wire)
        let octets = Array(wire.readableBytesView)
        #expect(octets.filter { $0 == 0x0a }.count == 1)
        #expect(octets.dropLast(2).allSatisfy { (0x20...0x7e).contains($0) })
    }

    @Test("what a peer supplied is bounded in replies and header fields")
    func textsAreBounded() throws {
        let set = try policySet(rules: [
            "then: { add-header: { X-Helo: '{helo}' } }", "at: header, then: { reject: 'no {helo}' }",
        ])
        var facts = Facts.example
        facts.helo = HeloArgument(String(repeating: "a", count: 5000))
        let outcome = set.evaluate(.header, facts)
        #expect(outcome.decision.reply?.text.count == 3 + PeerText.replyLimit)
        #expect(outcome.header?.decodedValue(at: 0) == String(repeating: "a", count: PeerText.lineLimit))
    }

    @Test("what a peer supplied cannot add a header field")
    func headersAreClean() throws {
        let set = try policySet(rules: ["then: { add-header: { X-Copy: 'said {header.subject}' } }"])
        let header = try #require(set.evaluate(.header, Self.hostile).header)
        #expect(header.count == 3)
        #expect(header.invalidCount == 0)
        #expect(header.decodedValue(at: 0) == "said a?250 OK????[2Jé??")
    }

    @Test("what a peer supplied cannot add a line to the log")
    func logIsClean() throws {
        let set = try policySet(rules: ["at: header, then: { log: '{header.subject}' }"])
        #expect(set.evaluate(.header, Self.hostile).logLines == ["test/rule1: a?250 OK????[2Jé??"])
    }

    @Test(
        "text of a peer's is made safe for where it goes",
        arguments: [
            ("plain text", "plain text", "plain text"), ("a\r\nb", "a??b", "a??b"), ("\0\u{7f}\u{9b}", "???", "???"),
            ("Grüße", "Gr??e", "Grüße"), ("\u{2028}\u{202e}\u{feff}", "???", "???"), ("", "", ""),
        ]
    )
    func peerText(text: String, reply: String, line: String) {
        #expect(PeerText.forReply(text) == reply)
        #expect(PeerText.forHeader(text) == line)
        #expect(PeerText.forLog(text) == line)
    }

    @Test("a dollar sign that a peer supplied is no group of a replacement")
    func replacementIsClean() throws {
        let set = try policySet(rules: [
            "then: { rewrite-header: { name: Subject, match: '^(.)', replace: '{helo}$1' } }"
        ])
        var facts = Facts.example
        facts.helo = HeloArgument("$1${0}{rule}")
        facts.header = headerSection("Subject: s")
        #expect(text(of: set.evaluate(.header, facts).header) == "Subject: $1${0}{rule}s\n")
    }
}

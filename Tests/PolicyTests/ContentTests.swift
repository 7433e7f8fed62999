import MailMessage
import NIOCore
import Testing

@testable import Policy

/// What rules see of the parts of a message, and what they change in them.
struct ContentTests {
    private static let message = """
        Content-Type: multipart/mixed; boundary=b

        --b
        Content-Type: Text/Plain; charset=UTF-8

        Hello
        --b
        Content-Type: application/x-msdownload; name=a.txt
        Content-Disposition: attachment; filename="Setup.EXE "
        Content-Transfer-Encoding: base64

        TVqQAAMAAAAEAAAA
        --b--
        """

    private func facts(_ message: String, _ set: PolicySet) -> Facts {
        var framer = HeaderSectionFramer(limit: .max)
        _ = framer.receive(ByteBuffer(string: message.replacing("\n", with: "\r\n")))
        _ = framer.endOfContent()
        let (header, rest) = framer.take()
        var facts = Facts.example
        facts.header = header
        if let interests = set.contentInterests {
            var scanner = MIMEScanner(header: header, interests: interests)
            scanner.receive(rest)
            facts.structure = scanner.end()
        }
        return facts
    }

    @Test(
        "parts are asked for",
        arguments: [
            ("part.type: text/plain", true), ("part.type: TEXT/PLAIN", true), ("part.type: text/html", false),
            ("part.type: { starts-with: multipart/ }", true), ("part.charset: utf-8", true),
            ("part.encoding: [base64, x]", true), ("part.encoding: 7bit", true), ("part.encoding: 8bit", false),
            ("parts.depth: 1", true), ("attachment.count: 1", true), ("attachment.extension: exe", true),
            ("attachment.extension: TXT", true), ("attachment.name: a.txt", true),
            ("attachment.name: { matches: '(?i)setup' }", true), ("attachment.size: 12", true),
            ("attachment.size: { over: 12 }", false), ("body.text: { contains: hello }", true),
            ("body.text: { exists: false }", false), ("message.malformed: false", true),
            ("message.malformed: true", false),
        ])
    func partsAreAskedFor(condition: String, holds: Bool) throws {
        let set = try policySet(rules: ["when: { \(condition) }, then: { reject: 'no' }"])
        #expect(set.contentInterests != nil && !set.holdsMessage)
        #expect(set.evaluate(.message, facts(Self.message, set)).fired.isEmpty == !holds)
    }

    @Test("the content is scanned for what rules ask and no more")
    func interests() throws {
        func interests(_ rule: String) throws -> MIMEScanner.Interests? {
            try policySet(rules: [rule]).contentInterests
        }
        #expect(try interests("when: { message.size: 1 }, then: { reject: 'no' }") == nil)
        #expect(try interests("when: { attachment.name: a }, then: { reject: 'no' }") == [])
        #expect(try interests("when: { attachment.size: 1 }, then: { reject: 'no' }") == .sizes)
        #expect(try interests("at: message, then: { log: '{body.text}' }") == .text)
        #expect(try interests("then: { downgrade: 7bit }") == .encodings)
        #expect(try policySet(rules: ["then: { downgrade: 7bit }"]).holdsMessage)
        #expect(try !policySet(rules: ["mode: monitor, then: { append-text: a }"]).holdsMessage)
    }

    @Test(
        "attachments are removed that are as all keys ask",
        arguments: [
            ("extension: exe", true), ("extension: [.EXE, js]", true), ("extension: js", false),
            ("type: application/x-msdownload", true), ("type: application/*", true), ("type: image/*", false),
            ("over: 11", true), ("over: 12", false), ("name: 'Setup'", true), ("name: '^x'", false),
            ("extension: exe, over: 100", false),
        ])
    func stripping(keys: String, isRemoved: Bool) throws {
        let set = try policySet(rules: ["then: { strip-attachment: { \(keys) } }"])
        let facts = facts(Self.message, set)
        let outcome = set.evaluate(.message, facts)
        let plan = try outcome.content.plan(for: #require(facts.structure)).plan
        #expect(plan.replacedParts == (isRemoved ? [2] : []))
    }

    @Test(
        "signed messages stay unless the rule says otherwise",
        arguments: ["strip-attachment: { extension: exe", "append-text: { text: foot"])
    func signed(action: String) throws {
        let message = "DKIM-Signature: v=1\n" + Self.message
        for isSaid in [false, true] {
            let set = try policySet(rules: ["then: { \(action)\(isSaid ? ", signed: true" : "") } }"])
            let outcome = set.evaluate(.message, facts(message, set))
            #expect(outcome.content.isEmpty == !isSaid)
            #expect(outcome.logLines.contains { $0.contains("signed") } == !isSaid)
        }
    }

    @Test("what cannot be converted is said and stays")
    func downgrade() throws {
        let set = try policySet(rules: ["then: { downgrade: 7bit }"])
        let facts = facts("DKIM-Signature: v=1\n\n\u{FC}", set)
        let (plan, remarks) = try set.evaluate(.header, facts).content.plan(for: #require(facts.structure))
        #expect(plan.isEmpty)
        #expect(remarks.first?.contains("DKIM-Signature") == true)
    }
}

import MailMessage
import NIOCore
import PolicyFiles
import SMTPProtocol
import Testing

@testable import Policy

/// Compiles policy text that is expected to be sound.
func policySet(_ yaml: String, location: Testing.SourceLocation = #_sourceLocation) throws -> PolicySet {
    let loaded = PolicyFile.load(text: yaml, path: "p.yaml")
    #expect(loaded.diagnostics.filter(\.isError).map(\.description) == [], sourceLocation: location)
    return try #require(loaded.set, sourceLocation: location)
}

/// A policy of the given rules, each written as `when`, `unless` and `then` in YAML flow style.
func policySet(
    lists: String = "{}",
    rules: [String],
    location: Testing.SourceLocation = #_sourceLocation
) throws -> PolicySet {
    let text = rules.enumerated().map { "  - { name: rule\($0 + 1), \($1) }\n" }.joined()
    return try policySet("policy: test\nlists: \(lists)\nrules:\n\(text)", location: location)
}

func headerSection(_ text: String) -> HeaderSection {
    HeaderSection(parsing: ByteBuffer(string: text.split(separator: "\n").map { $0 + "\r\n" }.joined()))
}

func text(of section: HeaderSection?) -> String? {
    section.map { section in
        var buffer = ByteBuffer()
        section.write(into: &buffer)
        return String(buffer: buffer).replacing("\r\n", with: "\n")
    }
}

extension Facts {
    /// Everything known of a transaction, for tests of what rules see.
    static let example: Facts = {
        var facts = Facts(
            listener: "mx",
            clientAddress: IPAddress("192.0.2.7"),
            clientPort: 40_000,
            clientNames: ClientNames(reverse: .found("Mail.Example.NET"), confirmed: .found("Mail.Example.NET")),
            now: Moment(nanoseconds: 0, epochSeconds: 1_795_854_600, offsetFromUTC: 3600),
            helo: HeloArgument("Client.Example.NET"),
            sender: Mailbox("Ann.Sender@Example.NET").map(ReversePath.mailbox),
            recipients: ["bob@example.com", "eve@sub.example.org"].compactMap { Mailbox($0).map(ForwardPath.mailbox) },
            tags: ["bulk"],
            hostname: "gatepost.example",
            sessionIdentifier: "s3ss10n",
            transactionIdentifier: "s3ss10n.1"
        )
        facts.mailParameters = ESMTPParameters(
            [("SIZE", "1000"), ("BODY", "8bitmime"), ("SMTPUTF8", nil), ("ENVID", "a+2Bb")].compactMap {
                ESMTPParameter($0.0, $0.1)
            }
        )
        facts.header = headerSection(
            """
            Received: from a.example.net
            Received: from b.internal
            From: "Ann Sender" <Ann.Sender@Example.NET>
            To: Bob <bob@example.com>, eve@sub.example.org
            Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= from the
             seaside
            X-Empty:
            """
        )
        var content = ContentStatistics()
        content.octets = 5000
        content.hasEightBit = true
        content.longestLine = 120
        facts.content = content
        return facts
    }()
}

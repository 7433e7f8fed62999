import GatepostService
import MailMessage
import NIOCore
import Policy
import PolicyFiles
import SMTPProtocol

/// A text is taken, or refused with errors at places that are in it; what is taken runs at every stage.
///
/// Input: the text. Files that it names are sought in a folder that does not exist.
enum DocumentHarness {
    private static let folder = "/nonexistent/"

    static func policy(_ octets: [UInt8]) -> [String] {
        guard let text = String(validating: octets, as: UTF8.self) else { return [] }
        let loaded = PolicyFile.load(text: text, path: folder + "p.yaml")
        var complaints = complaints(of: loaded.diagnostics, isTaken: loaded.set != nil, text)
        guard let set = loaded.set else { return complaints }
        for stage in Stage.allCases {
            for facts in [emptyFacts, facts] {
                var trace = EvaluationTrace()
                let traced = set.evaluate(stage, facts, trace: &trace)
                if traced.decision != set.evaluate(stage, facts).decision {
                    complaints.append("traced, \(stage) is judged otherwise: \(text.debugDescription)")
                }
            }
        }
        return complaints
    }

    static func configuration(_ octets: [UInt8]) -> [String] {
        guard let text = String(validating: octets, as: UTF8.self) else { return [] }
        let (configuration, diagnostics) = Configuration.read(text: text, path: folder + "c.yaml")
        return complaints(of: diagnostics, isTaken: configuration != nil, text)
    }

    private static func complaints(of diagnostics: [Diagnostic], isTaken: Bool, _ text: String) -> [String] {
        var complaints: [String] = []
        if isTaken == diagnostics.containsErrors { complaints.append("taken: \(isTaken), with \(diagnostics)") }
        // One behind the last, where something is missing.
        let lines = text.unicodeScalars.count { "\n\r\u{85}\u{2028}\u{2029}".unicodeScalars.contains($0) } + 1
        for diagnostic in diagnostics {
            let place = diagnostic.location
            if !place.file.hasPrefix(folder) || !(1...lines + 1).contains(place.line) || place.column < 1 {
                complaints.append("no such place: \(diagnostic)")
            }
            if diagnostic.message.isEmpty || diagnostic.message.utf8.count > 4 * text.utf8.count + 1000 {
                complaints.append("a message of \(diagnostic.message.utf8.count) octets")
            }
        }
        return complaints.map { "\(text.debugDescription): \($0)" }
    }

    private static let emptyFacts = Facts()
    /// A transaction in which most of what rules ask for is known.
    private static let facts: Facts = {
        var facts = Facts(
            listener: "mx",
            clientAddress: IPAddress("192.0.2.7"),
            clientPort: 40_000,
            clientNames: ClientNames(reverse: .found("mail.example.net"), confirmed: .found("mail.example.net")),
            now: Moment(nanoseconds: 0, epochSeconds: 1_795_854_600, offsetFromUTC: 3600),
            helo: HeloArgument("client.example.net"),
            sender: Mailbox("ann@example.net").map(ReversePath.mailbox),
            recipients: ["bob@example.com", "eve@sub.example.org"].compactMap { Mailbox($0).map(ForwardPath.mailbox) },
            tags: ["bulk"],
            hostname: "gatepost.example",
            sessionIdentifier: "s3ss10n",
            transactionIdentifier: "s3ss10n.1"
        )
        facts.header = HeaderSection(
            parsing: ByteBuffer(
                string: "Received: from a.example.net\r\nFrom: \"Ann\" <ann@example.net>\r\n"
                    + "To: Bob <bob@example.com>\r\nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= from the\r\n seaside\r\nX-Empty:\r\n"
            ))
        var content = ContentStatistics()
        content.octets = 5000
        content.hasEightBit = true
        content.longestLine = 120
        facts.content = content
        return facts
    }()
}

import NIOCore
import RelayCore
import SMTPProtocol
import Testing
import TranscriptKit

/// `CRLF.CRLF` alone ends the data: a hidden second mail behind anything else is content, or is refused.
@Suite struct SmugglingTests {
    /// Where the look-alike stands.
    enum Place: CaseIterable, Sendable {
        case header, body, streamed

        var before: [UInt8] {
            switch self {
            case .header: Array("Subject: x".utf8)
            case .body: Array("Subject: x\r\n\r\nbody".utf8)
            case .streamed: Array("Subject: x\r\n\r\n".utf8) + Self.long
            }
        }

        private static let long = Array(repeating: Array("A line of a message that streams.\r\n".utf8), count: 600)
            .flatMap { $0 }
    }

    /// A second mail as a server would take it that was fooled; it ends the data of the one that hides it.
    static let hidden = Array(
        ("MAIL FROM:<evil@example.net>\r\nRCPT TO:<victim@example.com>\r\nDATA\r\nSubject: hidden\r\n\r\nhidden\r\n.\r\n")
            .utf8
    )

    struct Case: Sendable, CustomTestStringConvertible {
        var place: Place
        var lineEnds: LineEnds
        /// Octets in which the message comes; 0 all at once, -1 in two halves that part within the look-alike.
        var piece: Int

        var testDescription: String { "\(place), \(lineEnds), pieces of \(piece)" }

        static let all = Place.allCases.flatMap { place in
            [LineEnds.refuse, .normalise].flatMap { lineEnds in
                [0, 1, -1].map { Case(place: place, lineEnds: lineEnds, piece: $0) }
            }
        }
    }

    /// All strings of up to six octets that could end data, or an ordinary number of them.
    static func strings(_ ordinary: Int, seed: UInt64) -> [[UInt8]] {
        let alphabet: [UInt8] = [13, 10, 46, 0, 32, 97]
        var all: [[UInt8]] = []
        var longest: [[UInt8]] = [[]]
        for _ in 1...6 {
            longest = longest.flatMap { string in alphabet.map { string + [$0] } }
            all += longest
        }
        return all.prefix(ordinary == 0 ? 0 : 42) + ReliabilityTests.sample(all, ordinary, seed: seed)
    }

    /// What is said in the literature to have ended the data for some server.
    static let published: [String] = [
        "\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r.\r\n", "\r\n.\r", "\n.\r", "\r.\n", "\r\n\0.\r\n", "\r\n.\0\r\n",
        "\r\n.\r\0\n",
        "\r\n.\r\r\n", "\r\r\n.\r\r\n", "\n\n.\n\n", "\r\n.\n\r\n", "\n\r.\n\r", "\n\r.\r\n", "\r\n. \r\n",
        "\r\n .\r\n", "\r\n.\t\r\n",
        "\r\n..\r\n", "\r\n.a\r\n", "\r\n.\u{b}\r\n", "\r\n.\u{c}\r\n", "\u{85}.\u{85}", "\u{2028}.\u{2028}",
        "\r\n\u{ff0e}\r\n",
        "\r\n\u{3002}\r\n", "\r\n\u{2024}\r\n", "\r\n\u{feff}.\r\n", "\r\n.\r\u{8d}\n", "\r\nQUIT\r\n",
        "\r\nBDAT 0 LAST\r\n", "\r\nRSET\r\n",
        "=0D=0A.=0D=0A", "%0d%0a.%0d%0a", "\\r\\n.\\r\\n", "\r\n\u{8}.\r\n", "\r\n.\u{8}\r\n", "\r\n.\u{7f}\r\n",
        "\r\n.\u{a0}\r\n",
    ]

    @Test(arguments: Case.all)
    func publishedLookAlikesEndNothing(_ one: Case) {
        let eightBit: [[UInt8]] = [
            [0x8d, 0x8a, 0xae, 0x8d, 0x8a], [13, 10, 0xae, 13, 10], [0x0d, 0x8a, 46, 0x0d, 0x8a],
        ]
        check(Self.published.map { Array($0.utf8) } + eightBit, one)
    }

    @Test(arguments: Case.all)
    func noStringOfUpToSixOctetsEndsTheData(_ one: Case) {
        let isLong = one.place == .streamed
        check(Self.strings(isLong ? 10 : 250, seed: isLong ? 2 : 1), one)
    }

    private func check(_ strings: [[UInt8]], _ one: Case) {
        var relay = begin(one)
        for string in strings {
            let octets = one.place.before + string + Self.hidden
            // With a genuine end in it, what follows are commands of the client's own.
            guard Self.end(of: octets) == octets.count else { continue }
            relay.say("MAIL FROM:<a@example.net>\r\nRCPT TO:<b@example.com>\r\n".utf8)
            relay.say("DATA\r\n".utf8)
            if one.piece < 0 {
                let half = one.place.before.count + string.count / 2
                relay.say(octets[..<half])
                relay.say(octets[half...])
            } else {
                relay.say(octets, piece: one.place == .streamed && one.piece == 1 ? 997 : one.piece)
            }
            let codes = relay.takeCodes()
            let mails = relay.takeMails()
            let expected = Self.expected(octets, one.lineEnds)
            let isRight =
                codes == [250, 250, 354, expected == nil ? 550 : 250]
                && mails.map(\.content) == [expected].compactMap { $0 } && relay.faults.isEmpty
            guard isRight else {
                let text = String(string.map { Character(UnicodeScalar($0)) }).debugDescription
                Issue.record("\(text): \(codes), \(mails.count) mails, \(relay.faults)")
                return
            }
        }
    }

    private func begin(_ one: Case) -> DirectRelay {
        var settings = RelaySettings(hostname: "mx.example.com", addsTraceField: false, lineEnds: one.lineEnds)
        settings.clientSecurity = .startTLS
        var relay = DirectRelay(settings) { $0 == .data ? "354 Go ahead" : "250 2.0.0 Ok" }
        relay.say("EHLO client.example\r\n".utf8)
        if one.piece != 0 {
            // What came in clear behind STARTTLS is nothing: the session behind it is a new one.
            relay.say("STARTTLS\r\nEHLO evil\r\nMAIL FROM:<evil@example.net>\r\n".utf8)
            relay.say("EHLO client.example\r\n".utf8)
        }
        #expect(relay.takeCodes() == (one.piece != 0 ? [220, 250, 220, 250] : [220, 250]))
        return relay
    }

    // MARK: What is right, in the simplest words

    /// Where the data ends: behind the first line that is a dot.
    static func end(of octets: [UInt8]) -> Int? {
        if octets.starts(with: [46, 13, 10]) { return 3 }
        return octets.indices.first { octets[$0...].starts(with: [13, 10, 46, 13, 10]) }.map { $0 + 5 }
    }

    /// The content that a receiver has; nil when it is refused.
    static func expected(_ octets: [UInt8], _ lineEnds: LineEnds) -> [UInt8]? {
        let raw = octets.dropLast(3)
        if raw.contains(0) { return nil }
        var lines: [[UInt8]] = []
        var line: [UInt8] = []
        var isBehindBare = false
        var hasBare = false
        var rest = raw[...]
        while let octet = rest.popFirst() {
            guard octet == 13 || octet == 10 else {
                line.append(octet)
                continue
            }
            let isWhole = octet == 13 && rest.first == 10
            if isWhole { rest.removeFirst() }
            // A client that ends lines with LF doubles the dots of those lines, and may not know of others.
            if isBehindBare ? line.starts(with: [46, 46]) : line.first == 46 { line.removeFirst() }
            lines.append(line)
            line = []
            isBehindBare = !isWhole
            hasBare = hasBare || !isWhole
        }
        if hasBare, case .refuse = lineEnds { return nil }
        return lines.flatMap { $0 + [13, 10] }
    }
}

import NIOCore
import Policy
import RelayCore
import SMTPProtocol
import Testing
import TranscriptKit

/// Whatever a client sends, in whatever pieces: no trap, bounded memory, and an upstream that understands every line.
@Suite struct ClientFuzzTests {
    /// SplitMix64: the same sequence for the same seed everywhere.
    struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var z = state
            z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
            return z ^ (z >> 31)
        }
    }

    static let lines = [
        "EHLO client.example\r\n", "HELO x\r\n", "MAIL FROM:<a@example.net>\r\n", "MAIL FROM:<> SIZE=10\r\n",
        "MAIL FROM:<a@example.net> BODY=8BITMIME\r\n", "RCPT TO:<b@example.com>\r\n", "RCPT TO:<c@example.com>\r\n",
        "DATA\r\n", "Subject: x\r\n", "\r\n", "body\r\n", ".\r\n", "..\r\n", ".\n", "\n.\r\n", "\r.\r\n", "a\0b\r\n",
        "RSET\r\n", "NOOP\r\n", "VRFY a\r\n", "HELP\r\n", "QUIT\r\n", "FOO\r\n", "MAIL FROM:a\r\n", "\u{ff}\r\n",
        "BDAT 5 LAST\r\nhello", "STARTTLS\r\n", "AUTH PLAIN AGEAYg==\r\n", String(repeating: "x", count: 5000) + "\r\n",
    ]

    @Test(arguments: 0..<40 as Range<UInt64>)
    func anySequenceKeepsTheUpstreamsDialogueWhole(_ seed: UInt64) {
        var generator = Generator(state: seed)
        for _ in 0..<25 {
            var upstream = ScriptedUpstream(
                fault: ScriptedUpstream.Fault.allCases.randomElement(using: &generator) ?? .none,
                at: Int.random(in: 0...12, using: &generator)
            )
            var session = RelaySession(settings: RelaySettings(hostname: "mx.example.com"), identifier: "0000000001")
            var now = Moment(nanoseconds: 1)
            var reader = StrictReader(isInstant: true)
            var readerFaults: [String] = []
            var events: [RelayEvent] = [.accepted(ClientIdentity(address: nil), capabilities: nil)]
            var turns = 0
            while turns < 60 {
                turns += 1
                while !events.isEmpty {
                    let event = events.removeFirst()
                    if case .upstreamBytes(let bytes) = event { reader.upstreamSays(bytes.readableBytesView) }
                    session.handle(event, at: now)
                    let output = session.output
                    session.output = RelayOutput()
                    for piece in output.toUpstream {
                        reader.relaySays(piece.readableBytesView)
                        let answer = upstream.isClosed ? [] : upstream.receive(Array(piece.readableBytesView))
                        if !answer.isEmpty { events.append(.upstreamBytes(ByteBuffer(bytes: answer))) }
                    }
                    for case .askCapabilities in output.actions { events.append(.capabilities(nil)) }
                    for case .connectUpstream in output.actions {
                        readerFaults += reader.faults
                        reader = StrictReader(isInstant: true)
                        events.append(.upstreamConnected("up"))
                        events.append(.upstreamBytes(ByteBuffer(bytes: upstream.connected())))
                    }
                }
                switch Int.random(in: 0..<12, using: &generator) {
                case 0:
                    now.nanoseconds &+= UInt64.random(in: 0...400_000_000_000, using: &generator)
                    events = [.deadline]
                case 1 where upstream.isClosed: events = [.upstreamClosed]
                case 2 where turns > 50: events = [.clientLost]
                default:
                    let text = (0..<Int.random(in: 1...3, using: &generator)).map { _ in
                        Self.lines.randomElement(using: &generator) ?? ""
                    }.joined()
                    let octets = Array(text.utf8)
                    let cut = Int.random(in: 0...octets.count, using: &generator)
                    events = [octets[..<cut], octets[cut...]].map { .clientBytes(ByteBuffer(bytes: $0)) }
                }
            }
            #expect(readerFaults + reader.faults == [], "seed \(seed)")
            #expect(upstream.finalDots >= upstream.accepted.count)
        }
    }
}

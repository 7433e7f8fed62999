import NIOCore
import Policy
import RelayCore
import SMTPProtocol
import Testing
import TranscriptKit

/// Whatever an upstream does wrong, at whatever reply: the client hears 2yz only for what the upstream took, trouble
/// that may pass is 4yz, and no final dot is sent twice.
@Suite struct UpstreamFaultTests {
    struct Outcome {
        var finalReply: String?
        var replies: [String]
        var accepted: Int
        var finalDots: Int
        var clientClosed: Bool
        var readerFaults: [String]
    }

    static let body = String(repeating: "A line of the message.\r\n", count: 10)
    static let largeBody = String(repeating: "A line of a larger message that streams.\r\n", count: 1000)

    @Test(arguments: ScriptedUpstream.Fault.allCases, 0...7)
    func noFaultLosesOrDoubles(_ fault: ScriptedUpstream.Fault, at reply: Int) throws {
        for (pipelined, resumed) in [(false, false), (true, false), (false, true), (true, true)] {
            for body in [Self.body, Self.largeBody] {
                let outcome = try relay(body, fault: fault, at: reply, pipelined: pipelined, resumed: resumed)
                let context: Comment = "\(fault) at \(reply), pipelined \(pipelined), resumed \(resumed): \(outcome)"
                let final = try #require(outcome.finalReply, context)
                #expect(outcome.finalDots <= 1, context)
                #expect(outcome.readerFaults == [], context)
                if final.hasPrefix("2") {
                    #expect(outcome.accepted == 1, context)
                } else if outcome.accepted == 1 {
                    // The upstream's 250 came whole: it must be told.
                    Issue.record("a message that was taken was answered \(final): \(context)")
                }
                if fault != .permanent {
                    #expect(!outcome.replies.contains { $0.hasPrefix("55") && !$0.hasPrefix("554 5.5.1") }, context)
                }
            }
        }
    }

    /// What the scripted upstream says to EHLO, from a session before.
    static let kept = KeptUpstream(
        capabilities: Capabilities(
            EHLOResponse(domain: "up.example", keywords: [EHLOKeyword("PIPELINING"), EHLOKeyword("8BITMIME")])
        ),
        transactions: 1
    )

    /// One mail through a session, in simulated time; the reply to the last thing the client could say of it.
    ///
    /// A `resumed` connection has served another session: the first reply on it is the one to MAIL.
    private func relay(
        _ body: String,
        fault: ScriptedUpstream.Fault,
        at: Int,
        pipelined: Bool,
        resumed: Bool
    ) throws -> Outcome {
        var upstream = ScriptedUpstream(fault: fault, at: at)
        let settings = RelaySettings(hostname: "mx.example.com", reuse: resumed ? UpstreamReuse() : nil)
        var session = RelaySession(settings: settings, identifier: "0000000001")
        var now = Moment(nanoseconds: 1)
        var heard = ""
        var clientClosed = false
        var reader = StrictReader(isInstant: true)
        var readerFaults: [String] = []

        func perform(_ event: RelayEvent) {
            var events = [event]
            while !events.isEmpty {
                let event = events.removeFirst()
                if case .upstreamBytes(let bytes) = event { reader.upstreamSays(bytes.readableBytesView) }
                session.handle(event, at: now)
                let output = session.output
                session.output = RelayOutput()
                for piece in output.toUpstream { reader.relaySays(piece.readableBytesView) }
                heard += String(buffer: output.toClient)
                var answer: [UInt8] = []
                for piece in output.toUpstream where !upstream.isClosed {
                    answer += upstream.receive(Array(piece.readableBytesView))
                }
                if !answer.isEmpty { events.append(.upstreamBytes(ByteBuffer(bytes: answer))) }
                if upstream.isClosed, !output.toUpstream.isEmpty { events.append(.upstreamClosed) }
                for action in output.actions {
                    switch action {
                    case .askCapabilities: events.append(.capabilities(nil))
                    case .connectUpstream(mayResume: true):
                        // A session before this one has met it.
                        reader = StrictReader(isInstant: true)
                        reader.upstreamSays("220 up\r\n".utf8)
                        reader.relaySays("EHLO mx.example.com\r\n".utf8)
                        reader.upstreamSays("250-up.example\r\n250-PIPELINING\r\n250 8BITMIME\r\n".utf8)
                        events.append(.upstreamResumed("up", Self.kept))
                    case .connectUpstream(mayResume: false):
                        readerFaults += reader.faults
                        reader = StrictReader(isInstant: true)
                        events.append(.upstreamConnected("up"))
                        let greeting = upstream.connected()
                        if !greeting.isEmpty { events.append(.upstreamBytes(ByteBuffer(bytes: greeting))) }
                        if upstream.isClosed { events.append(.upstreamClosed) }
                    case .closeUpstream:
                        events.removeAll { if case .upstreamBytes = $0 { true } else { $0.isUpstreamClosed } }
                    case .closeClient: clientClosed = true
                    case .admit: events.append(.admitted)
                    case .askClientNames: events.append(.clientNames(.none))
                    case .learnt, .record, .note, .keepUpstream, .secureClient, .secureUpstream, .spool: break
                    }
                }
            }
        }
        func awaitReplies() {
            // Whatever is awaited from a silent upstream ends by its deadline.
            var rounds = 0
            while !session.wantsClientBytes, !clientClosed, session.nextDeadline != .max, rounds < 20 {
                now.nanoseconds = session.nextDeadline
                perform(.deadline)
                rounds += 1
            }
        }
        func say(_ text: String) {
            guard !clientClosed else { return }
            perform(.clientBytes(ByteBuffer(string: text)))
            awaitReplies()
        }

        perform(.accepted(ClientIdentity(address: nil), capabilities: nil))
        say("EHLO client.example\r\n")
        if pipelined {
            say("MAIL FROM:<a@example.net>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n")
        } else {
            say("MAIL FROM:<a@example.net>\r\n")
            say("RCPT TO:<b@example.com>\r\n")
            say("DATA\r\n")
        }
        if heard.split(separator: "\r\n").last?.hasPrefix("354") == true {
            let message = Array(("Subject: x\r\n\r\n" + body).utf8)
            for start in stride(from: 0, to: message.count, by: 4096) where !clientClosed {
                perform(.clientBytes(ByteBuffer(bytes: message[start..<min(start + 4096, message.count)])))
                awaitReplies()
            }
            say(".\r\n")
        }
        let replies = heard.split(separator: "\r\n").map(String.init)
        return Outcome(
            finalReply: replies.last,
            replies: replies,
            accepted: upstream.accepted.count,
            finalDots: upstream.finalDots,
            clientClosed: clientClosed,
            readerFaults: readerFaults + reader.faults
        )
    }
}

extension RelayEvent {
    fileprivate var isUpstreamClosed: Bool {
        if case .upstreamClosed = self { true } else { false }
    }
}

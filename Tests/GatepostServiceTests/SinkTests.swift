import Foundation
import NIOCore
import RelayTransport
import SMTPProtocol
import Testing

@testable import GatepostService

@Suite struct SinkTests {
    private static func sample(_ text: String) -> SampleMail {
        SampleMail(
            title: "", about: "",
            steps: [
                .command("MAIL FROM:<a@b.example> BODY=8BITMIME"), .command("RCPT TO:<c@d.example> NOTIFY=NEVER"),
                .message(ByteBuffer(string: text)),
            ],
            expectation: .init(reply: "250")
        )
    }

    private static func start(_ store: any SinkStore, _ behaviour: SinkBehaviour = SinkBehaviour()) async throws
        -> (sink: Sink, port: Int)
    {
        let sink = try await Sink(at: .address(IPAddress(v4: 0x7F00_0001), port: 0), behaviour, store: store)
        guard case .address(_, let port) = sink.endpoint else { throw UsageError("no port") }
        return (sink, port)
    }

    @Test func whatIsAcknowledgedIsThere() async throws {
        let memory = SinkMemory()
        let (sink, port) = try await Self.start(memory)
        let text = "Subject: ü\r\n\r\n.\r\n..\r\nbare\nfeed\r\n"
        let result = try await SampleClient(port: port).send(Self.sample(text))
        #expect(result.lastReply?.description == "250 2.6.0 Message stored")
        let message = try #require(memory.takeAll().first)
        #expect(String(buffer: message.content) == text)
        #expect("\(message.sender)" == "<a@b.example>")
        #expect(message.parameters["BODY"]?.value == "8BITMIME")
        #expect(message.recipients.map { "\($0.path)" } == ["<c@d.example>"])
        #expect(message.recipients.first?.parameters["NOTIFY"]?.value == "NEVER")
        #expect(memory.takeAll().isEmpty)
        await sink.stop()
    }

    @Test func aMaildirHoldsTheOctets() async throws {
        let folder = try TemporaryFolder()
        let (sink, port) = try await Self.start(try SinkMaildir(folder.path("mail")))
        _ = try await SampleClient(port: port).send(Self.sample("A: b\r\n\r\n.x\r\n"))
        _ = try await SampleClient(port: port).send(Self.sample("A: b\r\n\r\nsecond\r\n"))
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path("mail/new"))
        let contents = try names.map { try String(contentsOfFile: folder.path("mail/new/\($0)"), encoding: .utf8) }
        #expect(contents.sorted() == ["A: b\r\n\r\n.x\r\n", "A: b\r\n\r\nsecond\r\n"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("mail/tmp")).isEmpty)
        await sink.stop()
    }

    @Test func repliesCanBeDelayed() async throws {
        var behaviour = SinkBehaviour()
        behaviour.delay = .milliseconds(20)
        let (sink, port) = try await Self.start(SinkVoid(), behaviour)
        let clock = ContinuousClock()
        let time = try await clock.measure { _ = try await SampleClient(port: port).send(Self.sample("x\r\n")) }
        #expect(time >= .milliseconds(6 * 20))
        await sink.stop()
    }

    @Test func aClientWhoseConnectionIsClosedIsTold() async throws {
        var behaviour = SinkBehaviour()
        behaviour.closesAfter = .rcpt
        let (sink, port) = try await Self.start(SinkVoid(), behaviour)
        await #expect(throws: (any Error).self) { try await SampleClient(port: port).send(Self.sample("x\r\n")) }
        await sink.stop()
    }

    @Test func printedMessagesAreSafeForATerminal() {
        let message = ReceivedMessage(
            helo: HeloArgument("client"), isExtended: true, sender: .null, parameters: ESMTPParameters(),
            recipients: [.init(path: .postmaster, parameters: ESMTPParameters())],
            content: ByteBuffer(string: "Subject: \u{1B}[31mred\r\n\r\ntab\there\r\n")
        )
        #expect(message.summary == "<> -> <postmaster>: 31 octets\n")
        #expect(
            message.printed == """
                X-Sink-Helo: EHLO client
                X-Sink-Sender: <>
                X-Sink-Recipient: <postmaster>
                Subject: \\u{1b}[31mred

                tab\there


                """
        )
    }

    @Test(
        arguments: [
            ("127.0.0.1", [], nil, nil, "`127.0.0.1` is not an address: host:port, [v6]:port or unix:/path"),
            ("127.0.0.1:0", ["250 Ok"], nil, nil, "`250 Ok` is neither a mailbox nor a reply 4yz or 5yz"),
            ("127.0.0.1:0", [], "later", nil, "`later` is none of connect, helo, mail, rcpt, data, message"),
            ("127.0.0.1:0", [], nil, "soon", "`soon` is not a duration: a number with ms, s, m, h or d"),
        ] as [(String, [String], String?, String?, String)])
    func optionsAreChecked(listen: String, failRcpt: [String], closeAfter: String?, delay: String?, message: String) {
        let error = #expect(throws: UsageError.self) {
            try SinkRequest(
                listen: listen, failRcpt: failRcpt, failData: false, closeAfter: closeAfter, delay: delay,
                offersEightBitMIME: true, offersPipelining: true, size: nil
            )
        }
        #expect(error?.description == message)
    }
}

import NIOCore
import SMTPProtocol
import Testing

@testable import GatepostService

@Suite struct SinkSessionTests {
    /// Plays the client's lines, CRLF added, and gives what the sink says; `=` lines name what is asked to be stored.
    private static func play(_ lines: [String], _ configure: (inout SinkBehaviour) -> Void = { _ in }) -> [String] {
        var behaviour = SinkBehaviour()
        configure(&behaviour)
        var session = SinkSession(behaviour)
        var said: [String] = []
        func collect() {
            while true {
                said += session.replies.map(\.description)
                session.replies = []
                guard let message = session.messageToStore else { break }
                said.append("= \(message.sender) \(message.recipients.map(\.path)) \(String(buffer: message.content))")
                session.stored(true)
            }
        }
        collect()
        for line in lines where !session.isClosed {
            session.receive(ByteBuffer(string: line + "\r\n"))
            collect()
        }
        return session.isClosed ? said + ["closed"] : said
    }

    private static let greeting = "220 sink.localhost ESMTP sink"
    private static let envelope = ["EHLO x", "MAIL FROM:<a@b.example>", "RCPT TO:<c@d.example>"]

    @Test func aTransactionIsStored() {
        let said = Self.play(Self.envelope + ["DATA", "Subject: x\r\n\r\n..dot\r\nend\r\n.", "QUIT"])
        #expect(said.first == Self.greeting)
        #expect(
            said.dropFirst(2) == [
                "250 2.1.0 Sender ok", "250 2.1.5 Recipient ok", "354 End data with <CR><LF>.<CR><LF>",
                "= <a@b.example> [<c@d.example>] Subject: x\r\n\r\n.dot\r\nend\r\n", "250 2.6.0 Message stored",
                "221 2.0.0 Bye", "closed",
            ]
        )
    }

    @Test func pipelinedOctetsWaitUntilTheMessageIsStored() {
        var session = SinkSession(SinkBehaviour())
        session.receive(
            ByteBuffer(
                string: (Self.envelope + ["DATA", "x", ".", "MAIL FROM:<>", "NOOP"]).joined(separator: "\r\n") + "\r\n")
        )
        #expect(session.replies.count == 5)
        #expect(session.messageToStore != nil)
        session.stored(false)
        #expect(
            session.replies.dropFirst(5).map(\.description)
                == ["451 4.3.0 Message could not be stored", "250 2.1.0 Sender ok", "250 2.0.0 Ok"]
        )
    }

    @Test(arguments: [
        (["MAIL FROM:<a@b.example>"], "503 5.5.1 Bad sequence of commands"),
        (["HELO x", "MAIL FROM:<> SIZE=5"], "555 5.5.4 Parameter is not offered"),
        (["EHLO x", "MAIL FROM:<> BODY=8BITMIME SMTPUTF8 SIZE=5 RET=HDRS"], "250 2.1.0 Sender ok"),
        (["EHLO x", "MAIL FROM:<> SIZE=999999999999"], "552 5.3.4 Message is too large"),
        (["EHLO x", "MAIL FROM:<> AUTH=<>"], "555 5.5.4 Parameter is not offered"),
        (["EHLO x", "RCPT TO:<c@d.example>"], "503 5.5.1 Bad sequence of commands"),
        (["EHLO x", "MAIL FROM:<>", "MAIL FROM:<>"], "503 5.5.1 Bad sequence of commands"),
        (["EHLO x", "MAIL FROM:<>", "DATA"], "554 5.5.1 No valid recipients"),
        (["EHLO x", "MAIL FROM:<>", "RSET", "RCPT TO:<c@d.example>"], "503 5.5.1 Bad sequence of commands"),
        (["EHLO x", "STARTTLS"], "502 5.5.1 Command is not implemented"),
        (["EHLO x", "VRFY someone"], "252 2.5.0 Cannot verify, but will take it"),
        (["EHLO x", "nonsense"], "500 5.5.1 Command not recognized"),
        ([String(repeating: "x", count: 5000)], "500 5.5.2 Line is too long"),
        (["NOOP\nNOOP"], "500 5.5.2 Lines must end in CR LF"),
    ])
    func commandsAreAnswered(lines: [String], last: String) {
        #expect(Self.play(lines).last == last)
    }

    @Test func messagesAboveTheSizeAreRefused() {
        let said = Self.play(Self.envelope + ["DATA", String(repeating: "x", count: 200) + "\r\n."]) { $0.size = 100 }
        #expect(said.last == "552 5.3.4 Message is too large")
    }

    @Test(arguments: [
        (SinkBehaviour.ClosingPoint.connect, 0), (.helo, 2), (.mail, 2), (.rcpt, 3), (.data, 5), (.message, 5),
    ])
    func theConnectionIsClosedWhereAsked(point: SinkBehaviour.ClosingPoint, replies: Int) {
        let said = Self.play(Self.envelope + ["DATA", "x\r\n."]) { behaviour in
            behaviour.closesAfter = point
            behaviour.failsData = point == .message
        }
        #expect(said.last == "closed")
        #expect(said.dropLast().count == replies)
    }

    @Test func failuresComeWhereAsked() {
        #expect(
            Self.play(Self.envelope + ["DATA", "x\r\n."]) { $0.failsData = true }.last?.hasPrefix("554 5.3.0") == true)
        let full = Self.play(Self.envelope) { $0.recipientFailures = [.all(Reply(.insufficientStorage, nil, "Full"))] }
        #expect(full.last == "452 Full")
        let mailbox = Mailbox("c@d.example").map(SinkBehaviour.RecipientFailure.mailbox)
        let unknown = Self.play(Self.envelope + ["RCPT TO:<e@d.example>"]) { behaviour in
            behaviour.recipientFailures = [mailbox].compactMap(\.self)
        }
        #expect(unknown.suffix(2) == ["550 5.1.1 No such user here", "250 2.1.5 Recipient ok"])
    }

    @Test func whatIsNotOfferedIsLeftOut() {
        let said = Self.play(["EHLO x", "MAIL FROM:<> BODY=8BITMIME"]) { behaviour in
            behaviour.offersEightBitMIME = false
            behaviour.offersPipelining = false
            behaviour.size = 7
        }
        #expect(
            said.dropFirst() == [
                "250 sink.localhost / SIZE 7 / DSN / ENHANCEDSTATUSCODES", "555 5.5.4 Parameter is not offered",
            ])
    }

    @Test func aMessageArrivesHoweverItIsCut() {
        let octets =
            Array((Self.envelope + ["DATA", "..a\r\n.b", ".", "QUIT"]).joined(separator: "\r\n").utf8) + [13, 10]
        for cut in 1..<octets.count {
            var session = SinkSession(SinkBehaviour())
            session.receive(ByteBuffer(bytes: octets[..<cut]))
            session.receive(ByteBuffer(bytes: octets[cut...]))
            #expect(session.messageToStore.map { String(buffer: $0.content) } == ".a\r\nb\r\n")
        }
    }
}

import Testing
import TranscriptKit

/// What reads the upstream's side again in every test must itself see what it is there to see.
@Suite struct StrictReaderTests {
    static let ready = [
        "U<220 up\r\n", "U>EHLO mx\r\n", "U<250-up\r\n250-PIPELINING\r\n250-CHUNKING\r\n250 DSN\r\n",
    ]
    static let envelope =
        ready + [
            "U>MAIL FROM:<a@example.net>\r\nRCPT TO:<b@example.com>\r\n", "U<250 Ok\r\n250 Ok\r\n",
        ]
    static let data = envelope + ["U>DATA\r\n", "U<354 Go\r\n"]

    static func read(_ dialogue: [String], isInstant: Bool = true) -> StrictReader {
        var reader = StrictReader(isInstant: isInstant)
        for piece in dialogue {
            let octets = piece.dropFirst(2).unicodeScalars.map { UInt8($0.value) }
            if piece.hasPrefix("U<") { reader.upstreamSays(octets) } else { reader.relaySays(octets) }
        }
        return reader
    }

    @Test func readsWhatIsRight() {
        let reader = Self.read(
            Self.data + [
                "U>Subject: x\r\n\r\n..dot\r\n.\r\n", "U<250 Ok\r\n", "U>MAIL FROM:<> RET=HDRS\r\n", "U<550 No\r\n",
                "U>RSET\r\nMAIL FROM:<\"a> b\"@example.net>\r\nRCPT TO:<c@example.com>\r\nRCPT TO:<d@example.com>\r\n",
                "U<250 Ok\r\n250 Ok\r\n450 No\r\n250 Ok\r\n", "U>BDAT 5 LAST\r\n\r\n.\r\n", "U<450-no\r\n450 no\r\n",
                "U>QUIT\r\n",
            ]
        )
        #expect(reader.faults == [])
        #expect(reader.mails.map(\.sender) == ["a@example.net", "\"a> b\"@example.net"])
        #expect(reader.mails.map(\.recipients) == [["b@example.com"], ["d@example.com"]])
        #expect(reader.mails.map(\.code) == [250, 450])
        #expect(reader.mails.first.map { String(decoding: $0.content, as: UTF8.self) } == "Subject: x\r\n\r\n.dot\r\n")
    }

    @Test(arguments: [
        (data, "a\nb\r\n", "bare LF"), (data, "a\rb\r\n", "bare CR"), (data, "a\0b\r\n", "NUL"),
        (data, ".a\r\n", "a dot that is not doubled"), (data, "\u{e9}\r\n", "8-bit"),
        (data, ".\r\nRSET\r\n", "does not wait"), (data, "\n.\r\n", "bare LF"), (data, "\r\r\n", "bare CR"),
        (ready, "MAIL FROM:<a@example.net>\r\nDATA\r\n", "does not wait"),
        (ready, "DATA\r\n", "without accepted recipients"), (ready, "RCPT TO:<b@example.com>\r\n", "outside"),
        (ready, "MAIL FROM:<a@example.net> SIZE=5\r\n", "not offered"),
        (ready, "MAIL FROM:<a@example.net> X=5\r\n", "unknown parameter"),
        (ready, "MAIL FROM:<a@example.net> RET=FULL RET=FULL\r\n", "twice"),
        (ready, "MAIL FROM: <a@example.net>\r\n", "no path"), (ready, "mail FROM:<a@example.net>\r\n", "no command"),
        (ready, "MAIL FROM:<a b@example.net>\r\n", "does not end"), (ready, "RCPT TO:<b>\r\n", "no mailbox"),
        (ready, "Subject: x\r\n", "no command"), (ready, "\r\n", "no command"), (ready, "NOOP a\u{7}\r\n", "control"),
        (ready, "AUTH PLAIN\r\n", "not offered"), (ready, "XCLIENT ADDR=1\r\n", "not offered"),
        (ready, "BDAT 5 LAST\r\na\r\nb\r\n", "without accepted"), (ready, "QUIT\r\nNOOP\r\n", "behind QUIT"),
        (ready, "BDAT 05 LAST\r\n", "no chunk"), (ready, "DATA \r\n", "an argument"),
        (envelope, "MAIL FROM:<c@example.net>\r\n", "within a transaction"),
        (envelope, "BDAT 3 LAST\r\n\r\na", "does not end in a line"), (envelope, "BDAT 2 LAST\r\n\na", "bare LF"),
        ([], "EHLO mx\r\n", "before the greeting"),
    ])
    func sees(_ before: [String], _ octets: String, _ fault: String) {
        let reader = Self.read(before + ["U>" + octets])
        #expect(reader.faults.contains { $0.contains(fault) }, "\(reader.faults)")
    }

    @Test(arguments: [
        "250 Early\r\n", "2", "421 Bye\r\n", "\n", "354 Go\r\n",
    ])
    func nothingFollowsWhatNobodyAskedFor(_ surplus: String) {
        let reader = Self.read(Self.ready + ["U<" + surplus, "U>MAIL FROM:<a@example.net>\r\n"])
        #expect(reader.faults.contains { $0.contains("out of step") })
    }

    @Test(arguments: [
        "250Ok\r\n", "150 Hm\r\n", "250 Ok\n", "250-Ok\r\n251 Ok\r\n", "250 O\0k\r\n", "250 O\rk\r\n", "\r\n",
        "354 Go\r\n",
    ])
    func nothingFollowsWhatIsNoReply(_ reply: String) {
        let reader = Self.read(Self.ready + ["U>MAIL FROM:<a@example.net>\r\n", "U<" + reply, "U>RSET\r\n"])
        #expect(reader.faults.contains { $0.contains("out of step") })
    }
}

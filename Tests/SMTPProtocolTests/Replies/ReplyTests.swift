import NIOCore
import SMTPProtocol
import Testing

func printed(_ reply: Reply) -> String {
    var buffer = ByteBuffer()
    reply.write(into: &buffer)
    return String(buffer: buffer)
}

@Suite("Replies") struct ReplyTests {
    @Test("a reply of one line prints with its enhanced status code") func oneLine() throws {
        let enhanced = try #require(EnhancedStatusCode(class: 5, subject: 3, detail: 4))
        let reply = Reply(.exceededStorageAllocation, enhanced, "Message too large")
        #expect(printed(reply) == "552 5.3.4 Message too large\r\n")
        #expect(reply.enhancedStatusCode == enhanced)
        #expect(reply.text == "Message too large")
        #expect(reply == Reply("552 5.3.4 Message too large"))
        #expect(reply.description == "552 5.3.4 Message too large")
    }

    @Test("a reply of many lines has a hyphen on all but the last") func manyLines() {
        let reply = Reply(.ok, lines: ["mx.example.org", "PIPELINING", "SIZE 1000"])
        #expect(printed(reply) == "250-mx.example.org\r\n250-PIPELINING\r\n250 SIZE 1000\r\n")
        #expect(reply.description == "250 mx.example.org / PIPELINING / SIZE 1000")
    }

    @Test("a reply has a line even when it has no text") func empty() {
        #expect(printed(Reply(.ok, lines: [])) == "250 \r\n")
        #expect(printed(Reply(.ok, "")) == "250 \r\n")
        var reply = Reply(.ok, "a")
        reply.lines = []
        #expect(reply.lines == [""])
    }

    @Test(
        "no text can add a line or a control character",
        arguments: [
            ("a\r\n250 b", "a250 b"), ("a\nb", "ab"), ("a\0b\u{7F}", "ab"), ("a\tb", "a b"), ("\u{9B}31mä", "31mä"),
            ("\u{1B}[0m", "[0m"),
        ])
    func sanitised(text: String, clean: String) {
        #expect(Reply(.ok, text).lines == [clean])
        var reply = Reply(.ok, "x")
        reply.lines = ["y", text]
        #expect(reply.lines == ["y", clean])
        reply.lines.append(text)
        #expect(reply.lines == ["y", clean, clean])
    }

    @Test("a line is cut at 512 octets, CRLF included, between two characters") func long() {
        let ascii = printed(
            Reply(.ok, lines: [String(repeating: "a", count: 600), String(repeating: "b", count: 506)]))
        #expect(ascii.utf8.count == 1024)
        #expect(ascii == "250-\(String(repeating: "a", count: 506))\r\n250 \(String(repeating: "b", count: 506))\r\n")
        let wide = printed(Reply(.ok, "a" + String(repeating: "ü", count: 300)))
        #expect(wide == "250 a\(String(repeating: "ü", count: 252))\r\n")
    }

    @Test(
        "a code in the text counts when its class agrees with the reply code",
        arguments: [
            ("250 2.1.5 Ok", "2.1.5", "Ok"), ("250 2.0.0", "2.0.0", ""), ("550 5.7.133 No", "5.7.133", "No"),
            ("250 5.1.5 Ok", nil, "5.1.5 Ok"), ("354 2.0.0 Go", nil, "2.0.0 Go"), ("250 2.1.5Ok", nil, "2.1.5Ok"),
            ("250 2.1 Ok", nil, "2.1 Ok"), ("250 Ok", nil, "Ok"), ("250", nil, ""),
            ("250 2.1.1000 x", nil, "2.1.1000 x"),
        ] as [(String, String?, String)])
    func enhanced(reply: String, code: String?, text: String) throws {
        let reply = try #require(Reply(reply))
        #expect(reply.enhancedStatusCode?.description == code)
        #expect(reply.text == text)
    }

    @Test(
        "other text is no reply",
        arguments: ["", "25", "250-a", "2500 a", "199 a", "600 a", "abc", " 250 a", "250 a\r\n", "25O a"])
    func invalid(text: String) { #expect(Reply(text) == nil) }

    @Test(
        "the first digit says how it went",
        arguments: [
            (200, .positiveCompletion), (299, .positiveCompletion), (354, .positiveIntermediate),
            (399, .positiveIntermediate),
            (400, .transientNegative), (452, .transientNegative), (500, .permanentNegative), (599, .permanentNegative),
        ] as [(UInt16, ReplyCode.Severity)])
    func severity(number: UInt16, severity: ReplyCode.Severity) throws {
        let code = try #require(ReplyCode(rawValue: number))
        #expect(code.severity == severity)
        #expect(code.description == String(number))
        let reply = Reply(code, "x")
        #expect(reply.isPositiveCompletion == (severity == .positiveCompletion))
        #expect(reply.isPositiveIntermediate == (severity == .positiveIntermediate))
        #expect(reply.isTransientNegative == (severity == .transientNegative))
        #expect(reply.isPermanentNegative == (severity == .permanentNegative))
        #expect(reply.isPositive != reply.isNegative)
        #expect(reply.isPositive == (number < 400))
    }

    @Test("a code is 200 to 599", arguments: [0, 42, 199, 600, 999, 65535] as [UInt16])
    func invalidCode(number: UInt16) { #expect(ReplyCode(rawValue: number) == nil) }

    @Test("an enhanced status code is read and printed", arguments: ["2.0.0", "4.7.1", "5.999.999"])
    func enhancedCodes(text: String) { #expect(EnhancedStatusCode(text)?.description == text) }

    @Test("an enhanced status code is named by its class") func classes() {
        #expect(EnhancedStatusCode.success(1, 5).description == "2.1.5")
        #expect(EnhancedStatusCode.transient(4, 2).description == "4.4.2")
        #expect(EnhancedStatusCode.permanent(7, 1) == EnhancedStatusCode(class: 5, subject: 7, detail: 1))
        #expect(EnhancedStatusCode(class: 3, subject: 0, detail: 0) == nil)
        #expect(EnhancedStatusCode(class: 2, subject: 1000, detail: 0) == nil)
    }

    @Test(
        "other text is no enhanced status code",
        arguments: ["", "3.0.0", "2.0", "2.0.0.0", "2.0.1000", "2..0", "22.0.0", "2.0.0 "])
    func invalidEnhancedCodes(text: String) { #expect(EnhancedStatusCode(text) == nil) }

    @Test("printing and framing are inverse") func inverse() throws {
        var random = SplitMix64(seed: 2034)
        for _ in 0..<1000 {
            let code = try #require(ReplyCode(rawValue: UInt16(random.number(200...599))))
            let lines = (0...random.number(0...4)).map { _ in random.text(of: "ab -.5ü", 0...30) }
            let reply = Reply(code, lines: lines)
            var framer = ReplyFramer()
            framer.receive(ByteBuffer(string: printed(reply)))
            guard try framer.next() == reply, !framer.hasBufferedBytes else {
                Issue.record("\(reply)")
                return
            }
        }
    }
}

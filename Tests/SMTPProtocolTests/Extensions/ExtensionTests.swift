import SMTPProtocol
import Testing

@Suite("EHLO response") struct EHLOResponseTests {
    private func response(_ lines: String...) -> EHLOResponse { EHLOResponse(parsing: Reply(.ok, lines: lines)) }

    @Test("lines become keywords with their parameters") func parsing() {
        let response = response(
            "mx.example.org greets you", "size 1000", "8BITMIME", "AUTH PLAIN Login", "", "AUTH=PLAIN", "*", "X-a b")
        #expect(response.domain == "mx.example.org")
        #expect(response.keywords.map(\.description) == ["SIZE 1000", "8BITMIME", "AUTH PLAIN Login", "X-A b"])
        #expect(response["Size"]?.parameters == ["1000"])
        #expect(response["DSN"] == nil)
    }

    @Test("a response prints as a reply, and is read from it again") func printing() {
        let response = EHLOResponse(
            domain: "gate.example", keywords: [EHLOKeyword("pipelining"), EHLOKeyword("SIZE", ["10"])])
        #expect(response.reply(greeting: "hello").lines == ["gate.example hello", "PIPELINING", "SIZE 10"])
        #expect(response.reply().lines == ["gate.example", "PIPELINING", "SIZE 10"])
        #expect(EHLOResponse(parsing: response.reply(greeting: "at your service")) == response)
        #expect(EHLOResponse(domain: "gate.example").reply().lines == ["gate.example"])
    }

    @Test("words are parted at spaces, whatever character the space is part of") func combiningMarks() {
        let response = response("mx.example.org \u{301}greets", "SIZE \u{301}1000", "D\u{301}SN", "8BITMIME  x ")
        #expect(response.domain == "mx.example.org")
        #expect(response.keywords.map(\.description) == ["SIZE \u{301}1000", "8BITMIME x"])
        #expect(response["SIZE"]?.parameters == ["\u{301}1000"])
    }

    @Test("a response without text has an empty domain") func empty() { #expect(response("").domain == "") }

    @Test("each keyword sets its capability") func capabilities() {
        let flags: [(String, KeyPath<Capabilities, Bool>)] = [
            ("PIPELINING", \.pipelining), ("8BITMIME", \.eightBitMIME), ("SMTPUTF8", \.smtpUTF8), ("DSN", \.dsn),
            ("ENHANCEDSTATUSCODES", \.enhancedStatusCodes), ("CHUNKING", \.chunking), ("BINARYMIME", \.binaryMIME),
            ("STARTTLS", \.startTLS), ("REQUIRETLS", \.requireTLS), ("VRFY", \.vrfy), ("EXPN", \.expn),
            ("ETRN", \.etrn),
            ("HELP", \.help),
        ]
        for (keyword, flag) in flags {
            let capabilities = Capabilities(response("mx", keyword.lowercased()))
            #expect(flags.filter { capabilities[keyPath: $0.1] }.map(\.0) == [keyword])
            #expect(!Capabilities.none[keyPath: flag])
        }
    }

    @Test(
        "SIZE without a number, or with 0, limits nothing",
        arguments: [
            ("SIZE 1000", .octets(1000)), ("SIZE", .unlimited), ("SIZE 0", .unlimited), ("SIZE x", .unlimited),
            ("SIZE -5", .unlimited), ("SIZE 99999999999999999999", .unlimited), ("DSN", nil),
        ] as [(String, SizeLimit?)])
    func size(line: String, limit: SizeLimit?) { #expect(Capabilities(response("mx", line)).size == limit) }

    @Test("AUTH gives the mechanisms") func mechanisms() {
        #expect(Capabilities(response("mx", "AUTH plain LOGIN")).authMechanisms == ["PLAIN", "LOGIN"])
        #expect(Capabilities(response("mx")).authMechanisms.isEmpty)
    }

    @Test("a reply means what its response means, read line by line or as a whole") func replies() {
        let lines = [
            "PIPELINING", "size 1000", "SIZE", "8bitmime", "AUTH plain LOGIN", "AUTH=PLAIN", "", "*", " DSN", "X-a  b",
            "STARTTLS x", "XCLIENT name ADDR", "D\u{301}SN", "SIZE \u{301}1000", "-HELP", "chunking ",
        ]
        var random = SplitMix64(seed: 250)
        for _ in 0..<2000 {
            let reply = Reply(.ok, lines: ["mx"] + (0..<random.number(0...6)).map { _ in random.pick(lines) })
            let keywords = reply.lines.dropFirst().compactMap { line -> EHLOKeyword? in
                let words = line.utf8.split(separator: 0x20).map { String(decoding: Array($0), as: UTF8.self) }
                let isKeyword = words.first?.wholeMatch(of: /[A-Za-z0-9][-A-Za-z0-9]*/) != nil
                return isKeyword ? EHLOKeyword(words[0], Array(words.dropFirst())) : nil
            }
            let meant = Capabilities(EHLOResponse(domain: "mx", keywords: keywords))
            #expect(Capabilities(parsing: reply) == meant, "\(reply)")
            #expect(EHLOResponse(parsing: reply).keywords == keywords, "\(reply)")
        }
    }

    @Test("a server that knows HELO alone can nothing") func none() { #expect(Capabilities(response("mx")) == .none) }
}

@Suite("Extension table") struct ExtensionTableTests {
    @Test("the rows are well formed and each keyword has one") func rows() {
        #expect(Set(ExtensionTable.rows.map(\.keyword)).count == ExtensionTable.rows.count)
        for row in ExtensionTable.rows {
            #expect(ESMTPParameter(row.keyword)?.keyword == row.keyword)
            #expect((row.mailParameters + row.rcptParameters).allSatisfy { ESMTPParameter($0)?.keyword == $0 })
            // Who adds a parameter adds room for it, and only who adds one does.
            #expect((row.mailOctets > 0) == !row.mailParameters.isEmpty)
            #expect((row.rcptOctets > 0) == !row.rcptParameters.isEmpty)
            #expect((821...9999).contains(row.rfc))
        }
    }

    @Test("every capability has a row") func capabilities() {
        let keywords = [
            "PIPELINING", "SIZE", "8BITMIME", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES", "CHUNKING", "BINARYMIME",
            "STARTTLS",
            "AUTH", "REQUIRETLS", "HELP", "VRFY", "EXPN", "ETRN", "LIMITS",
        ]
        #expect(ExtensionTable.rows.map(\.keyword) == keywords)
        #expect(ExtensionTable["smtpUTF8"]?.rfc == 6531)
        #expect(ExtensionTable["XCLIENT"] == nil)
    }

    @Test("what is implemented is what is relayed") func implemented() {
        #expect(
            ExtensionTable.rows.filter(\.isImplemented).map(\.keyword)
                == ["PIPELINING", "SIZE", "8BITMIME", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES", "AUTH"])
    }

    @Test(
        "the increments are those of the RFCs",
        arguments: [
            ("SIZE", 26, 0), ("8BITMIME", 17, 0), ("SMTPUTF8", 10, 0), ("AUTH", 500, 0), ("REQUIRETLS", 11, 0),
            ("BINARYMIME", 16, 0), ("DSN", 116, 530), ("PIPELINING", 0, 0),
        ])
    func increments(keyword: String, mail: Int, rcpt: Int) {
        #expect(ExtensionTable[keyword]?.mailOctets == mail)
        #expect(ExtensionTable[keyword]?.rcptOctets == rcpt)
    }

    @Test("DSN's increments hold its longest parameters") func dsn() {
        let mail = " RET=FULL ENVID=\(String(repeating: "x", count: 100))"
        let rcpt = " NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=\(String(repeating: "x", count: 500 - 6))"
        #expect(ExtensionTable["DSN"]?.mailOctets == mail.utf8.count)
        #expect(ExtensionTable["DSN"]?.rcptOctets == rcpt.utf8.count)
    }

    @Test(
        "the limit of a command line grows with what is offered",
        arguments: [
            ([], 512), (["PIPELINING"], 512), (["SIZE"], 538), (["size", "SIZE"], 538),
            (["SIZE", "8BITMIME", "SMTPUTF8"], 565),
            (["DSN"], 1042), (["SIZE", "DSN"], 1042), (["SIZE", "AUTH", "DSN"], 1154), (["X-UNKNOWN"], 512),
        ])
    func limit(keywords: [String], limit: Int) { #expect(ExtensionTable.commandLineLimit(offering: keywords) == limit) }
}

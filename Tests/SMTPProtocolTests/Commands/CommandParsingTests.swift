import NIOCore
import SMTPProtocol
import Testing

func parsed(_ line: String) throws(CommandSyntaxError) -> Command {
    try Command(parsing: ByteBuffer(string: line))
}

func printed(_ command: Command) -> String {
    var buffer = ByteBuffer()
    command.write(into: &buffer)
    return String(buffer: buffer)
}

@Suite("Parsing commands") struct CommandParsingTests {
    /// A line, and the command as it is printed again.
    static let lines: [(line: String, printed: String)] = [
        ("HELO client.example", "HELO client.example"),
        ("helo client.example", "HELO client.example"),
        ("HELO   two words  ", "HELO two words"),
        ("EHLO [192.0.2.1]", "EHLO [192.0.2.1]"),
        ("eHlO bücher.example", "EHLO bücher.example"),
        ("LHLO x", "LHLO x"),
        ("MAIL FROM:<>", "MAIL FROM:<>"),
        ("MAIL FROM:<a@b>", "MAIL FROM:<a@b>"),
        ("mail from:<a@b>", "MAIL FROM:<a@b>"),
        ("MAIL FROM: <a@b>", "MAIL FROM:<a@b>"),
        ("MAIL  FROM:  <a@b>  ", "MAIL FROM:<a@b>"),
        ("MAIL FROM:<a@b> \t", "MAIL FROM:<a@b>"),
        ("MAIL FROM:<@c,@d.e:a@b>", "MAIL FROM:<a@b>"),
        ("MAIL FROM:<\"a b\"@[IPv6:::1]>", "MAIL FROM:<\"a b\"@[IPv6:::1]>"),
        ("MAIL FROM:<a@b> size=1 Body=8BITMIME", "MAIL FROM:<a@b> SIZE=1 BODY=8BITMIME"),
        ("MAIL FROM: <a@b>   SIZE=1   SMTPUTF8  ", "MAIL FROM:<a@b> SIZE=1 SMTPUTF8"),
        ("MAIL FROM:<> RET=HDRS ENVID=a+2Bb X-UNKNOWN=<>", "MAIL FROM:<> RET=HDRS ENVID=a+2Bb X-UNKNOWN=<>"),
        ("MAIL FROM:<jürgen@bücher.example> SMTPUTF8", "MAIL FROM:<jürgen@bücher.example> SMTPUTF8"),
        ("RCPT TO:<a@b>", "RCPT TO:<a@b>"),
        ("rcpt to: <a@b> notify=SUCCESS,DELAY", "RCPT TO:<a@b> NOTIFY=SUCCESS,DELAY"),
        ("RCPT TO:<postmaster>", "RCPT TO:<postmaster>"),
        ("RCPT TO:<PostMaster>", "RCPT TO:<postmaster>"),
        ("RCPT TO:<postmaster@b>", "RCPT TO:<postmaster@b>"),
        ("RCPT TO:<@relay:a@b> ORCPT=rfc822;a@b", "RCPT TO:<a@b> ORCPT=rfc822;a@b"),
        ("DATA", "DATA"),
        ("data  ", "DATA"),
        ("RSET", "RSET"),
        ("QUIT\t", "QUIT"),
        ("TURN", "TURN"),
        ("STARTTLS", "STARTTLS"),
        ("StartTls ", "STARTTLS"),
        ("VRFY someone", "VRFY someone"),
        ("VRFY <jürgen@x> SMTPUTF8", "VRFY <jürgen@x> SMTPUTF8"),
        ("EXPN list", "EXPN list"),
        ("ETRN @example.org", "ETRN @example.org"),
        ("HELP", "HELP"),
        ("HELP mail", "HELP mail"),
        ("NOOP", "NOOP"),
        ("NOOP  \"any thing\"", "NOOP \"any thing\""),
        ("BDAT 0", "BDAT 0"),
        ("BDAT 1000 LAST", "BDAT 1000 LAST"),
        ("bdat 00010  last", "BDAT 10 LAST"),
        ("AUTH PLAIN", "AUTH PLAIN"),
        ("auth plain =", "AUTH PLAIN ="),
        ("AUTH SCRAM-SHA-256 biwsbj11c2VyLHI9+/==", "AUTH SCRAM-SHA-256 biwsbj11c2VyLHI9+/=="),
        ("SEND FROM:<a@b>", "SEND FROM:<a@b>"),
        ("SOML FROM:<a@b>", "SOML FROM:<a@b>"),
        ("saml from:<>", "SAML FROM:<>"),
        ("xclient name=[unavailable]  addr=192.0.2.1", "XCLIENT NAME=[UNAVAILABLE] ADDR=192.0.2.1"),
        ("XFORWARD HELO=a+2bb SOURCE=LOCAL", "XFORWARD HELO=a+2Bb SOURCE=LOCAL"),
    ]

    @Test("a line becomes a command and prints in canonical form", arguments: lines)
    func canonical(line: String, printed canonical: String) throws {
        let command = try parsed(line)
        #expect(printed(command) == canonical + "\r\n")
        #expect(try parsed(canonical) == command)
        #expect(command.verb.rawValue == String(canonical.prefix { $0 != " " }))
    }

    @Test("the table has a line for every verb") func complete() throws {
        #expect(Set(try Self.lines.map { try parsed($0.line).verb }) == Set(Verb.allCases))
    }

    @Test("every verb is known by its name in any case", arguments: Verb.allCases)
    func verbs(verb: Verb) {
        #expect(Verb(verb.rawValue) == verb)
        #expect(Verb(verb.rawValue.lowercased()) == verb)
        #expect(Verb(verb.rawValue + "X") == nil)
        #expect(Verb(String(verb.rawValue.dropLast())) == nil)
    }

    @Test("paths and parameters become values") func values() throws {
        guard case .mail(.mailbox(let mailbox), let parameters) = try parsed("MAIL FROM:<\"a b\"@Example.ORG> SIZE=12")
        else {
            Issue.record("not a MAIL with a mailbox")
            return
        }
        #expect(mailbox.localPart.text == "a b")
        #expect(mailbox.domain == .domain(try #require(Domain("example.org"))))
        #expect(parameters["SIZE"]?.value == "12")
        #expect(try parsed("MAIL FROM:<>") == .mail(.null, ESMTPParameters()))
        #expect(try parsed("RCPT TO:<POSTMASTER>") == .rcpt(.postmaster, ESMTPParameters()))
        #expect(try parsed("BDAT 86 LAST") == .bdat(octets: 86, isLast: true))
        #expect(try parsed("auth login") == .auth(mechanism: "LOGIN", initialResponse: nil))
    }

    @Test("a local part longer than 64 octets passes, a path longer than 512 does not") func lengths() throws {
        let domain = "@example.org"
        #expect(throws: Never.self) { try parsed("MAIL FROM:<\(String(repeating: "a", count: 65))\(domain)>") }
        let longest = String(repeating: "a", count: 512 - 2 - domain.count)
        #expect(throws: Never.self) { try parsed("MAIL FROM:<\(longest)\(domain)>") }
        #expect(throws: CommandSyntaxError.invalidReversePath) { try parsed("MAIL FROM:<a\(longest)\(domain)>") }
        #expect(throws: CommandSyntaxError.invalidForwardPath) { try parsed("RCPT TO:<a\(longest)\(domain)>") }
    }

    @Test(
        "the argument is the text behind the verb, of AUTH the mechanism alone",
        arguments: [
            ("MAIL FROM: <a@b> SIZE=1", "FROM:<a@b> SIZE=1"), ("VRFY  someone ", "someone"), ("HELO x", "x"),
            ("DATA", nil),
            ("NOOP", nil), ("BDAT 5 LAST", "5 LAST"), ("AUTH PLAIN AGFAYgBzZWNyZXQ=", "PLAIN"), ("AUTH LOGIN", "LOGIN"),
        ] as [(String, String?)])
    func argument(line: String, argument: String?) throws { #expect(try parsed(line).argument == argument) }

    @Test(
        "free text cannot add a line when it is printed",
        arguments: [
            Command.vrfy("a\r\nQUIT"), .expn("a\r\nQUIT"), .etrn("a\r\nQUIT"), .help("a\r\nQUIT"), .noop("a\nQUIT\0"),
            .auth(mechanism: "A\r\nQ", initialResponse: "a\r\nQUIT"), .helo(HeloArgument("a\r\nQUIT")),
        ])
    func injection(command: Command) {
        let line = printed(command)
        #expect(line.utf8.dropLast(2).allSatisfy { $0 >= 0x20 })
        #expect(line.hasSuffix("\r\n"))
    }
}

@Suite("HELO argument") struct HeloArgumentTests {
    @Test(
        "its kind says what it is",
        arguments: [
            ("example.org", .name), ("localhost", .name), ("bücher.example", .name), ("[192.0.2.1]", .literal),
            ("[IPv6:::1]", .literal), ("192.0.2.1", .invalid), ("2001:db8::1", .invalid), ("[192.0.2.1", .invalid),
            ("under_score.example", .invalid), ("a b", .invalid), ("-", .invalid), ("example.org.", .invalid),
            ("", .invalid),
        ] as [(String, HeloArgument.Kind)])
    func kinds(text: String, kind: HeloArgument.Kind) {
        #expect(HeloArgument(text).kind == kind)
        #expect(HeloArgument(text).text == text)
    }

    @Test("control characters and spaces around it are dropped") func cleaned() {
        #expect(HeloArgument(" \0a\r\nb ").text == "ab")
        #expect(HeloArgument(" \r\n ").text == "")
    }
}

@Suite("Printing commands") struct CommandPrintingTests {
    /// Commands that no line is parsed to, or not easily.
    static let commands: [(command: Command, printed: String)] = [
        (.helo(HeloArgument("")), "HELO"),
        (.vrfy("a\u{1}\tb\r\nc"), "VRFY a bc"),
        (.expn("\u{7F}\r\n"), "EXPN"),
        (.etrn("bücher.example"), "ETRN bücher.example"),
        (.noop(""), "NOOP"),
        (.help(nil), "HELP"),
        (.bdat(octets: .max, isLast: true), "BDAT 9223372036854775807 LAST"),
        (.bdat(octets: .min, isLast: true), "BDAT -9223372036854775808 LAST"),
        (.auth(mechanism: "PLAIN\n", initialResponse: Credential("=\r")), "AUTH PLAIN ="),
        (.auth(mechanism: "LOGIN", initialResponse: nil), "AUTH LOGIN"),
        (.xclient([]), "XCLIENT"),
        (.saml(.null), "SAML FROM:<>"),
    ]

    @Test("whatever a command holds, it is one line", arguments: commands)
    func oneLine(_ command: Command, _ line: String) {
        #expect(printed(command) == line + "\r\n")
    }

    @Test("a command is appended to what stands there")
    func appended() {
        var buffer = ByteBuffer(string: "QUIT\r\n")
        Command.rset.write(into: &buffer)
        #expect(String(buffer: buffer) == "QUIT\r\nRSET\r\n")
    }
}

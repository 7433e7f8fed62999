import NIOCore
import SMTPProtocol
import Testing

@Suite("Lines that are no command") struct CommandErrorTests {
    static let lines: [(line: String, error: CommandSyntaxError)] = [
        ("", .unrecognized),
        ("   ", .unrecognized),
        ("FOO", .unrecognized),
        ("HEL", .unrecognized),
        ("HELOO x", .unrecognized),
        (" HELO x", .unrecognized),
        ("MAILFROM:<a@b>", .unrecognized),
        ("DATA\u{E4}", .unrecognized),
        ("STARTTL", .unrecognized),
        ("STARTTLX", .unrecognized),
        ("GET / HTTP/1.1", .unrecognized),
        ("HELO\tx", .controlCharacter),
        ("NOOP a\rb", .controlCharacter),
        ("QUIT\r", .controlCharacter),
        ("NOOP a\nb", .controlCharacter),
        ("NOOP \0", .controlCharacter),
        ("\0\0\0\0", .controlCharacter),
        ("NOOP \u{1B}[31m", .controlCharacter),
        ("NOOP \u{7F}", .controlCharacter),
        ("NOOP \u{9B}31m", .controlCharacter),
        ("MAIL FROM:<a\tb@c>", .controlCharacter),
        ("HELO", .missingArgument(.helo)),
        ("EHLO  ", .missingArgument(.ehlo)),
        ("LHLO", .missingArgument(.lhlo)),
        ("MAIL", .missingArgument(.mail)),
        ("MAIL FROM", .missingArgument(.mail)),
        ("MAIL FROM:", .missingArgument(.mail)),
        ("MAIL FROM: ", .missingArgument(.mail)),
        ("MAIL FROM :<a@b>", .missingArgument(.mail)),
        ("MAIL TO:<a@b>", .missingArgument(.mail)),
        ("RCPT", .missingArgument(.rcpt)),
        ("RCPT TO:", .missingArgument(.rcpt)),
        ("RCPT FROM:<a@b>", .missingArgument(.rcpt)),
        ("VRFY", .missingArgument(.vrfy)),
        ("EXPN ", .missingArgument(.expn)),
        ("ETRN", .missingArgument(.etrn)),
        ("BDAT", .missingArgument(.bdat)),
        ("AUTH", .missingArgument(.auth)),
        ("SEND", .missingArgument(.send)),
        ("DATA x", .unexpectedArgument(.data)),
        ("RSET x", .unexpectedArgument(.rset)),
        ("QUIT now", .unexpectedArgument(.quit)),
        ("STARTTLS x", .unexpectedArgument(.startTLS)),
        ("TURN x", .unexpectedArgument(.turn)),
        ("SOML FROM:<a@b> SIZE=1", .unexpectedArgument(.soml)),
        ("BDAT 1 LAST x", .unexpectedArgument(.bdat)),
        ("BDAT 1 FIRST", .unexpectedArgument(.bdat)),
        ("AUTH PLAIN abc def", .unexpectedArgument(.auth)),
        ("MAIL FROM:a@b", .invalidReversePath),
        ("MAIL FROM:<a@b", .invalidReversePath),
        ("MAIL FROM:a@b>", .invalidReversePath),
        ("MAIL FROM:<a>", .invalidReversePath),
        ("MAIL FROM:<@b>", .invalidReversePath),
        ("MAIL FROM:< a@b>", .invalidReversePath),
        ("MAIL FROM:< >", .invalidReversePath),
        ("MAIL FROM:<postmaster>", .invalidReversePath),
        ("MAIL FROM:<<a@b>>", .invalidReversePath),
        ("MAIL FROM:<a@b>SIZE=1", .invalidReversePath),
        ("MAIL FROM:<@c:>", .invalidReversePath),
        ("MAIL FROM:<@c a@b>", .invalidReversePath),
        ("MAIL FROM:<@c,d:a@b>", .invalidReversePath),
        ("MAIL FROM:Joe <a@b>", .invalidReversePath),
        ("RCPT TO:<>", .invalidForwardPath),
        ("RCPT TO:postmaster", .invalidForwardPath),
        ("RCPT TO:<a@b>,<c@d>", .invalidForwardPath),
        ("RCPT TO:<a b@c>", .invalidForwardPath),
        ("RCPT TO:<\"a@b>", .invalidForwardPath),
        ("RCPT TO:<a@b> =x", .invalidParameter("")),
        ("MAIL FROM:<a@b> SIZE=", .invalidParameter("SIZE")),
        ("MAIL FROM:<a@b> SIZE=1=2", .invalidParameter("SIZE")),
        ("MAIL FROM:<a@b> -A", .invalidParameter("-A")),
        ("MAIL FROM:<a@b> A;B=c", .invalidParameter("A;B")),
        ("MAIL FROM:<a@b> <c@d>", .invalidParameter("<c@d>")),
        ("BDAT x", .invalidParameter("chunk-size")),
        ("BDAT -1", .invalidParameter("chunk-size")),
        ("BDAT 1x", .invalidParameter("chunk-size")),
        ("BDAT 99999999999999999999", .invalidParameter("chunk-size")),
        ("AUTH a!b", .invalidParameter("mechanism")),
        ("AUTH ABCDEFGHIJKLMNOPQRSTU", .invalidParameter("mechanism")),
        ("AUTH PLAIN s:cr?t", .invalidParameter("initial-response")),
        ("MAIL FROM:<a@b> SIZE=1 size=2", .duplicateParameter("SIZE")),
        ("RCPT TO:<a@b> NOTIFY=NEVER X Notify=DELAY", .duplicateParameter("NOTIFY")),
    ]

    @Test("each is refused for its reason", arguments: lines)
    func refused(line: String, error: CommandSyntaxError) {
        #expect(throws: error) { try parsed(line) }
    }

    @Test(
        "octets that are not UTF-8 are refused",
        arguments: [
            [0xFF], [0xC3], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE4],
        ] as [[UInt8]])
    func invalidUTF8(octets: [UInt8]) {
        let line = ByteBuffer(bytes: Array("MAIL FROM:<a".utf8) + octets + Array("@b>".utf8))
        #expect(throws: CommandSyntaxError.invalidUTF8) { try Command(parsing: line) }
    }

    @Test(
        "each error has its reply",
        arguments: [
            (.unrecognized, "500 5.5.1 "), (.controlCharacter, "501 5.5.2 "), (.invalidUTF8, "501 5.5.2 "),
            (.missingArgument(.mail), "501 5.5.4 Syntax: MAIL FROM:<address>"),
            (.unexpectedArgument(.data), "501 5.5.4 "),
            (.invalidReversePath, "501 5.1.7 "), (.invalidForwardPath, "501 5.1.3 "),
            (.invalidParameter("SIZE"), "501 5.5.4 "), (.duplicateParameter("SIZE"), "501 5.5.4 "),
        ] as [(CommandSyntaxError, String)])
    func replies(error: CommandSyntaxError, beginning: String) {
        #expect(error.reply.description.hasPrefix(beginning))
        #expect(error.reply.enhancedStatusCode != nil)
    }

    @Test("a refused credential is not part of the error") func credential() {
        #expect(throws: CommandSyntaxError.invalidParameter("initial-response")) { try parsed("AUTH PLAIN hunter2!") }
    }
}

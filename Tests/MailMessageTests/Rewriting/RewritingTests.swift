import NIOCore
import Testing

@testable import MailMessage

@Suite struct RewritingTests {
    private func text(_ octets: [UInt8]) -> String {
        String(decoding: octets, as: UTF8.self).replacing("\r\n", with: "\n")
    }

    private func sevenBit(_ fixture: MIMEFixture, breaking: Bool = false) throws -> [UInt8] {
        var plan = ContentPlan(fixture.scan(.encodings))
        try plan.makeSevenBit(breakingDomainSignatures: breaking)
        return fixture.rewritten(plan)
    }

    @Test func `each leaf is encoded in the shorter way, and nothing else is touched`() throws {
        let fixture = MIMEFixture(
            """
            Subject: gr\u{FC}n und blau
            Content-Type: multipart/mixed; boundary=b
            Content-Transfer-Encoding: 8bit

            pr\u{E9}amble
            --b
            X-Odd  :  kept
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: 8bit

            Mostly plain text, with one \u{FC} in it.
            --b
            Content-Type: text/plain; charset=utf-8; name="\u{FC}.txt"

            \u{65E5}\u{672C}\u{8A9E}\u{65E5}\u{672C}\u{8A9E}
            --b

            seven bits = stay
            --b--
            """)
        let written = text(try sevenBit(fixture))
        #expect(
            written == """
                Subject: =?UTF-8?B?Z3LDvG4=?= und blau
                Content-Type: multipart/mixed; boundary=b
                Content-Transfer-Encoding: 7bit

                pr??amble
                --b
                X-Odd  :  kept
                Content-Type: text/plain; charset=utf-8
                Content-Transfer-Encoding: quoted-printable

                Mostly plain text, with one =C3=BC in it.
                --b
                Content-Type: text/plain;
                 charset=utf-8;
                 name*=UTF-8''%C3%BC.txt
                Content-Transfer-Encoding: base64

                5pel5pys6Kqe5pel5pys6Kqe
                --b

                seven bits = stay
                --b--
                """)
    }

    @Test(arguments: [
        ("DKIM-Signature: v=1\n\n\u{FC}", ContentObjection.domainSigned),
        ("Content-Type: multipart/signed; boundary=b\n\n--b\n\n\u{FC}\n--b--\n", .sealed),
        ("Content-Type: multipart/encrypted; boundary=b\n\n\u{FC}\n--b\n\nx\n--b--\n", .sealed),
        ("Content-Type: application/pkcs7-mime\n\n\u{FC}", .sealed),
        ("Content-Type: message/partial\n\n\u{FC}", .unencodable),
        ("Content-Type: multipart/mixed\n\n\u{FC}", .malformed),
        ("Content-Type: multipart/mixed; boundary=\u{FC}\n\n--\u{FC}\n\nx\n--\u{FC}--\n", .malformed),
    ])
    func `what must not change is refused`(message: String, objection: ContentObjection) {
        #expect(throws: objection) { try sevenBit(MIMEFixture(message)) }
    }

    @Test func `a signed part without eight bits holds nothing back`() throws {
        let signed = "--b\nContent-Type: multipart/signed; boundary=s\n\n--s\n\nx\n--s--\n"
        let written = text(
            try sevenBit(
                MIMEFixture(
                    "Content-Type: multipart/mixed; boundary=b\n\n\(signed)--b\n\nplain text with \u{FC}\n--b--\n")))
        #expect(written.contains(signed) && written.contains("=C3=BC"))
        let domain = text(try sevenBit(MIMEFixture("DKIM-Signature: v=1\n\nplain text with \u{FC}\n"), breaking: true))
        #expect(
            domain == "DKIM-Signature: v=1\nContent-Transfer-Encoding: quoted-printable\n\nplain text with =C3=BC\n")
    }

    @Test func `an attachment gives way to a notice`() {
        let fixture = MIMEFixture(
            """
            Content-Type: multipart/mixed; boundary=b

            --b

            text
            --b
            Content-Type: application/octet-stream; name=a.exe
            Content-Transfer-Encoding: base64

            TVqQAAMAAAAEAAAA
            --b--
            """)
        var plan = ContentPlan(fixture.scan())
        plan.replace(2, with: "a.exe was removed.")
        #expect(
            text(fixture.rewritten(plan)) == """
                Content-Type: multipart/mixed; boundary=b

                --b

                text
                --b
                Content-Type: text/plain; charset=us-ascii
                Content-Transfer-Encoding: quoted-printable
                Content-Disposition: inline

                a.exe was removed.
                --b--
                """)
    }

    @Test func `a message that is an attachment, and one without an empty line, give way too`() {
        let whole = MIMEFixture("Subject: x\nContent-Type: application/pdf\nContent-Description: y\n\n%PDF\n")
        var plan = ContentPlan(whole.scan())
        plan.replace(0, with: "weg\u{E4}")
        #expect(
            text(whole.rewritten(plan)) == """
                Subject: x
                Content-Type: text/plain; charset=utf-8
                Content-Transfer-Encoding: quoted-printable
                Content-Disposition: inline

                weg=C3=A4

                """)
        let odd = MIMEFixture(
            "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: application/pdf\n--b--\n")
        plan = ContentPlan(odd.scan())
        plan.replace(1, with: "gone")
        let rescanned = MIMEFixture(octets: odd.rewritten(plan))
        #expect(rescanned.scan().outline == "0 multipart/mixed, 1 text/plain")
        #expect(rescanned.body(of: rescanned.scan().parts[1]) == "gone")
    }

    @Test(arguments: [
        ("Subject: x\n\ntext\n", "Subject: x\n\ntext\n--\nfoot\n"),
        ("Subject: x\n\ntext", "Subject: x\n\ntext\n--\nfoot\n"),
        ("Subject: x\n\ntext\n--\nfoot\n", "Subject: x\n\ntext\n--\nfoot\n"),
        (
            "Content-Transfer-Encoding: base64\n\ndGV4dA0K\n",
            "Content-Transfer-Encoding: base64\n\ndGV4dA0KLS0NCmZvb3QNCg==\n"
        ),
        (
            "Content-Transfer-Encoding: quoted-printable\n\nt=C3=BCxt=\n\n",
            "Content-Transfer-Encoding: quoted-printable\n\nt=C3=BCxt\n--\nfoot\n"
        ),
        (
            "Content-Type: text/html\n\n<html><body>x</BODY></html>\n",
            "Content-Type: text/html\n\n<html><body>x<p>--<br>\nfoot</p>\n</BODY></html>\n"
        ),
        (
            "Content-Type: text/html\n\n<body>x<p>--<br>\nfoot</p></body>\n",
            "Content-Type: text/html\n\n<body>x<p>--<br>\nfoot</p></body>\n"
        ),
        (
            "Content-Type: multipart/alternative; boundary=b\n\n--b\n\ntext\n--b\nContent-Type: text/html\n\n<p>x\n--b--\n",
            "Content-Type: multipart/alternative; boundary=b\n\n--b\n\ntext\n--\nfoot\n--b\nContent-Type: text/html\n\n"
                + "<p>x\n<p>--<br>\nfoot</p>\n\n--b--\n"
        ),
        ("Content-Type: application/pdf\n\nx\n", "Content-Type: application/pdf\n\nx\n"),
    ])
    func `a footer is put under every form of the text, once`(message: String, expected: String) {
        let fixture = MIMEFixture(message)
        for cut in fixture.content.indices {
            var plan = ContentPlan(fixture.scan())
            let isAppended = plan.append(Footer(text: "--\nfoot\n"))
            #expect(isAppended == !message.contains("pdf"))
            #expect(text(fixture.rewritten(plan, cutAt: [cut])) == expected)
        }
    }

    @Test(arguments: [
        ("text/plain; charset=utf-8", "8bit", "\u{FC}", "\u{FC}\n\u{E4}\n"),
        ("text/plain; charset=us-ascii", "7bit", "u", "u\n=C3=A4\n"),
        ("text/plain; charset=koi8-r", "7bit", "u", "u\n?\n"),
        ("text/plain; charset=iso-8859-1", "7bit", "u", "u\n=E4\n"),
        ("text/html; charset=koi8-r", "7bit", "u", "u\n<p>&#228;</p>\n"),
        ("text/plain; charset=utf-16", "base64", "AHg=", "AHg=\n"),
    ])
    func `a footer is written in the charset of its part`(
        type: String, encoding: String, body: String, expected: String
    ) {
        let fixture = MIMEFixture("Content-Type: \(type)\nContent-Transfer-Encoding: \(encoding)\n\n\(body)\n")
        var plan = ContentPlan(fixture.scan())
        _ = plan.append(Footer(text: "\u{E4}"))
        let written = text(fixture.rewritten(plan))
        #expect(written.hasSuffix("\n\n" + expected), "\(written)")
        #expect(written.contains("utf-8") == (type.contains("utf-8") || type.contains("us-ascii")))
    }
}

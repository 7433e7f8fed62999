import Testing

@testable import MailMessage

@Suite struct MIMEScannerTests {
    @Test(arguments: [
        ("", "0 text/plain", [""]),
        ("Subject: x\n\nbody\n", "0 text/plain", ["body\r\n"]),
        ("Content-Type: text/html; charset=x\n\n<p>", "0 text/html", ["<p>"]),
        ("Content-Type: nonsense\n\nx", "0 text/plain", ["x"]),
        (
            "Content-Type: multipart/mixed; boundary=b\n\npre\n--b\n\none\n--b\nContent-Type: Image/PNG\n\ntwo\n\n--b--\nepi\n",
            "0 multipart/mixed, 1 text/plain, 1 image/png", ["pre\r\n--b\r\n\r\none", "one", "two\r\n"]
        ),
        // Two levels; the inner boundary begins with the outer one.
        (
            """
            Content-Type: multipart/mixed; boundary="b"

            --b
            Content-Type: multipart/alternative; boundary=bb

            --bb

            one
            --bb
            Content-Type: text/html

            two
            --bb--
            --b
            Content-Type: application/pdf; name=a.pdf

            three
            --b--
            """,
            "0 multipart/mixed, 1 multipart/alternative, 2 text/plain, 2 text/html, 1 application/pdf",
            ["", "", "one", "two", "three"]
        ),
        // A message within, and in a digest without being called one.
        (
            "Content-Type: message/rfc822\n\nSubject: in\nContent-Type: text/html\n\nx",
            "0 message/rfc822, 1 text/html", ["", "x"]
        ),
        (
            "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: in\n\nx\n--b--\n",
            "0 multipart/digest, 1 message/rfc822, 2 text/plain", ["", "", "x"]
        ),
        (
            "Content-Type: message/external-body\n\nContent-Type: image/gif\n\n",
            "0 message/external-body, 1 image/gif", []
        ),
        ("Content-Type: message/partial; id=1\n\nSubject: in\n\nx", "0 message/partial", ["Subject: in\r\n\r\nx"]),
        ("Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\neA==\n", "0 message/rfc822", []),
        // Parts without header section, empty line or body.
        (
            "Content-Type: multipart/mixed; boundary=b\n\n--b\n--b\nContent-Type: text/html\n--b\n\n--b--",
            "0 multipart/mixed, 1 text/plain, 1 text/html, 1 text/plain", ["", "", "", ""]
        ),
        // The inner multipart does not end: the outer delimiter ends it.
        (
            "Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/mixed; boundary=i\n\n--i\n\nx\n--o\n\ny\n--o--",
            "0 multipart/mixed, 1 multipart/mixed, 2 text/plain, 1 text/plain", ["", "", "x", "y"]
        ),
        // Padding behind a delimiter; a delimiter that goes on; a boundary in quotes with a space.
        (
            "Content-Type: multipart/mixed; boundary=\"a b\"\n\n--a b \t\n\nx\n--a b c\n--a b-- \n",
            "0 multipart/mixed, 1 text/plain", ["", "x\r\n--a b c"]
        ),
        ("Content-Type: multipart/mixed\n\n--b\n\nx\n--b--\n", "0 multipart/mixed", ["--b\r\n\r\nx\r\n--b--\r\n"]),
    ])
    func `the parts of a message are found`(text: String, outline: String, bodies: [String]) {
        let fixture = MIMEFixture(text)
        let structure = fixture.scan()
        #expect(structure.outline == outline)
        for (part, body) in zip(structure.parts, bodies)
        where !part.isContainer || part.depth == 0 && body.hasPrefix("pre") {
            #expect(fixture.body(of: part).hasPrefix(body) && (part.isContainer || fixture.body(of: part) == body))
        }
        #expect(structure.octets == fixture.content.count)
    }

    @Test(
        arguments: [
            ("Subject: x\n\n", []),
            ("Content-Type: text/plain\nContent-Type: text/html\n\n", .fieldRepeated),
            ("Content-Type: x\n\n", .typeInvalid),
            ("Content-Type: multipart/mixed\n\n--b\n\nx\n--b--\n", .boundaryMissing),
            ("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--\n", []),
            ("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n", .multipartOpen),
            ("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--bx\n--b--\n", .boundaryDoubtful),
            ("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--\n--b\n\ny\n--b--\n", .boundaryRepeated),
            (
                "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=b\n\n--b--\n",
                [.boundaryRepeated, .multipartOpen]
            ),
            (
                "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=bb\n\n--bb\n\n--bb--\n--b--\n",
                []
            ),
        ] as [(String, MIMEAnomalies)])
    func `what is doubtful is named`(text: String, anomalies: MIMEAnomalies) {
        let structure = MIMEFixture(text).scan()
        #expect(structure.anomalies == anomalies, "\(structure.anomalies)")
        #expect(structure.isMalformed == !anomalies.isEmpty)
        #expect(structure.anomalies.description.isEmpty == anomalies.isEmpty)
    }

    @Test func `a part tells what its fields say`() throws {
        let structure = MIMEFixture(
            """
            Content-Type: multipart/mixed; boundary=b

            --b
            Content-Type: Text/Plain; charset="KOI8-R"; format=flowed
            Content-Transfer-Encoding: Quoted-Printable (so)

            =F0=D2=C9=D7=C5=D4=
            --b
            Content-Type: application/octet-stream; name="=?utf-8?q?r=C3=A9sum=C3=A9=2Edoc?="
            Content-Disposition: Attachment; filename*=utf-8''r%C3%A9sum%C3%A9.EXE%20.
            Content-Transfer-Encoding: base64

            SGVsbG8=
            IQ==
            --b--
            """
        ).scan()
        let text = try #require(structure.parts.dropFirst().first)
        #expect(text.charset == "koi8-r" && text.encoding == .quotedPrintable && !text.isAttachment)
        #expect(text.decodedOctets == 6)
        #expect(structure.text == "Привет")
        let file = try #require(structure.attachments.first)
        #expect(file.names == ["résumé.EXE .", "résumé.doc"])
        #expect(file.extensions == ["exe", "doc"])
        #expect(file.disposition == "attachment" && file.encodingName == "base64" && file.decodedOctets == 5)
    }

    @Test func `text is decoded, stripped of markup and bounded`() {
        let text = """
            Content-Type: multipart/alternative; boundary=b

            --b
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: base64

            Z3LDvMOfZQ==
            --b
            Content-Type: text/html; charset=iso-8859-1
            Content-Transfer-Encoding: quoted-printable

            <style>p { x: y }</style><p>gr=FC=DFe &amp; <b>k=FCsse</b></p>
            --b
            Content-Type: image/png

            pixels
            --b--
            """
        #expect(MIMEFixture(text).scan().text == "grüße\ngrüße & küsse")
        var bounds = MIMEBounds()
        bounds.text = 12
        #expect(MIMEFixture(text).scan(bounds: bounds).text.utf8.count <= 12 + 1)
    }

    @Test(arguments: [
        ("Content-Type: multipart/signed; boundary=b\n\n--b\n\nx\n--b--\n", true),
        ("Content-Type: application/pkcs7-mime; smime-type=signed-data\n\nx", true),
        ("DKIM-Signature: v=1\n\nx", true),
        ("Subject: x\n\n-----BEGIN PGP SIGNED MESSAGE-----\n", true),
        ("Subject: x\n\nx\n", false),
    ])
    func `signed messages are known`(text: String, isSigned: Bool) {
        #expect(MIMEFixture(text).scan().isSigned == isSigned)
    }
}

import Testing

@testable import MailMessage

@Suite struct ParameterizedValueTests {
    @Test(arguments: [
        ("text/plain; charset=us-ascii (Plain text)", "charset", "us-ascii (Plain text)"),
        ("text/plain; charset=\"us-ascii\"", "charset", "us-ascii"),
        ("TEXT/plain;CHARSET = utf-8", "charset", "utf-8"),
        ("a; filename=my file (1).pdf; x=y", "filename", "my file (1).pdf"),
        ("a; filename=\"my; file.pdf\"", "filename", "my; file.pdf"),
        ("a; filename=\"a\\\"b\\\\c\"", "filename", "a\"b\\c"),
        ("a; filename=\"C:\\dir\\file.exe\"", "filename", "C:\\dir\\file.exe"),
        ("a; filename=\"not closed.pdf", "filename", "not closed.pdf"),
        ("a; ; =x; filename; filename=b.pdf", "filename", "b.pdf"),
        // [2231 3, 4]
        ("a; url*0=\"ftp://\"; url*1=\"cs.utk.edu/x\"", "url", "ftp://cs.utk.edu/x"),
        ("a; title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A", "title", "This is ***fun***"),
        (
            "a; title*0*=us-ascii'en'This%20is%20even%20more%20; title*1*=%2A%2A%2Afun%2A%2A%2A%20; title*2=\"isn't it!\"",
            "title", "This is even more ***fun*** isn't it!"
        ),
        ("a; title*1=b; title*0=a; title*3=d", "title", "ab"),
        ("a; title*1=b", "title", nil),
        ("a; n*=koi8-r''%F0%D2%C9%D7%C5%D4", "n", "Привет"),
        ("a; n*=nobody-knows''gr%C3%BCn", "n", "grün"),
        ("a; n*0*=utf-8''gr%C3; n*1*=%BCn", "n", "grün"),
        ("a; n=plain; n*=utf-8''extended", "n", "extended"),
        ("a; n*=no-charset", "n", "no-charset"),
        ("a; n*=utf-8''100%", "n", "100%"),
        ("a; n*99999999999999999999=x", "n", nil),
        ("a; n*-1=x", "n", nil),
    ])
    func `parameters are read`(text: String, name: String, value: String?) {
        #expect(ParameterizedValue(parsing: text)[name] == value)
    }

    @Test func `no value makes the reader fail`() {
        var random = SeededGenerator(seed: 2231)
        let pieces = [
            "a", ";", "=", "\"", "\\", "*", "*0", "*1*", "'", "%", "%C3", "utf-8''", "name", "=?utf-8?q?x?=", " ", "ü",
        ]
        for _ in 0..<5000 {
            let text = (0..<Int.random(in: 0...20, using: &random)).map { _ in pieces.randomElement(using: &random)! }
                .joined()
            _ = ParameterizedValue(parsing: text)["name"]
            var section = HeaderSection()
            section.set(name: "Content-Disposition", value: text)
            section.encodeEightBit()
            #expect(!section.hasEightBit)
        }
    }
}

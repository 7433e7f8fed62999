import SMTPProtocol
import Testing

@Suite("ESMTP parameters") struct ParameterTests {
    @Test(
        "a keyword is kept in upper case, a value as it came",
        arguments: [
            ("size", "10000", "SIZE=10000"), ("Body", "8bitMIME", "BODY=8bitMIME"), ("SMTPUTF8", nil, "SMTPUTF8"),
            ("X-A", "<>", "X-A=<>"), ("8", nil, "8"), ("ORCPT", "utf-8;ü", "ORCPT=utf-8;ü"),
        ])
    func valid(keyword: String, value: String?, printed: String) throws {
        let parameter = try #require(ESMTPParameter(keyword, value))
        #expect(parameter.keyword == keyword.uppercased())
        #expect(parameter.value == value)
        #expect(parameter.description == printed)
    }

    @Test(
        "a parameter that breaks the syntax cannot be made",
        arguments: [
            ("", nil), ("-A", nil), ("A B", nil), ("A=B", nil), ("A_B", nil), ("Ä", nil), ("A", ""), ("A", "b c"),
            ("A", "b=c"),
            ("A", "b\r\nRCPT"), ("A", "\0"), ("A", "\u{7F}"), ("A", "a\u{85}"), ("", "a"), ("A\r\n", "b"),
        ] as [(String, String?)])
    func invalid(keyword: String, value: String?) { #expect(ESMTPParameter(keyword, value) == nil) }

    @Test("parameters keep their order, and each keyword is there once") func collection() throws {
        let body = try #require(ESMTPParameter("BODY", "7BIT"))
        let utf8 = try #require(ESMTPParameter("SMTPUTF8"))
        var parameters = ESMTPParameters([.size(1), body, .size(2)])
        #expect(parameters.map(\.description) == ["SIZE=2", "BODY=7BIT"])
        #expect(parameters["size"]?.value == "2")
        parameters.set(utf8)
        parameters.set(.size(3))
        #expect(parameters.map(\.description) == ["SIZE=3", "BODY=7BIT", "SMTPUTF8"])
        parameters.remove("Body")
        #expect(parameters.map(\.description) == ["SIZE=3", "SMTPUTF8"])
        #expect(parameters["BODY"] == nil)
        #expect(parameters.count == 2)
        parameters.remove("SIZE")
        parameters.remove("smtputf8")
        #expect(parameters.isEmpty)
        #expect(parameters == ESMTPParameters())
    }
}

@Suite("xtext") struct XTextTests {
    @Test(
        "text is encoded and decoded",
        arguments: [
            ("", ""), ("abc", "abc"), ("a b", "a+20b"), ("a+b=c", "a+2Bb+3Dc"), ("\r\n\0", "+0D+0A+00"),
            ("ü", "+C3+BC"),
            ("~!", "~!"), ("\u{7F}", "+7F"),
        ])
    func pairs(text: String, encoded: String) {
        #expect(XText.encode(text) == encoded)
        #expect(XText.decode(encoded) == text)
    }

    @Test("digits may be of lower case") func lowerCase() { #expect(XText.decode("a+2bb") == "a+b") }

    @Test("other text is refused", arguments: ["+", "+2", "+2G", "a=b", "a b", "a\n", "ü", "+FF", "+C3", "++2B"])
    func invalid(text: String) { #expect(XText.decode(text) == nil) }

    @Test("encoding and decoding are inverse") func inverse() {
        var random = SplitMix64(seed: 3461)
        for _ in 0..<2000 {
            let text = random.text(of: "ab+= \r\n\0~ü例😀", 0...20)
            guard XText.decode(XText.encode(text)) == text else {
                Issue.record("\(text) is encoded as \(XText.encode(text))")
                return
            }
        }
    }
}

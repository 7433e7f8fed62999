import Testing

@testable import MailMessage

@Suite struct EncodedWordTests {
    @Test(arguments: [
        // [2047 8] and around it.
        ("=?US-ASCII?Q?Keith_Moore?= <moore@cs.utk.edu>", "Keith Moore <moore@cs.utk.edu>"),
        ("=?ISO-8859-1?Q?Andr=E9?= Pirard", "André Pirard"),
        (
            "=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?= =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=",
            "If you can read this you understand the example."
        ),
        ("(=?ISO-8859-1?Q?a?=)", "(a)"),
        ("(=?ISO-8859-1?Q?a?= b)", "(a b)"),
        ("(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)", "(ab)"),
        ("(=?ISO-8859-1?Q?a?=  \t =?ISO-8859-1?Q?b?=)", "(ab)"),
        ("(=?ISO-8859-1?Q?a_b?=)", "(a b)"),
        ("(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)", "(a b)"),
        // Case, language, missing padding, lower-case digits.
        ("=?Utf-8?q?gr=c3=bcn?=", "grün"),
        ("=?utf-8*de?q?gr=C3=BCn?=", "grün"),
        ("=?utf-8*de-CH?b?Z3LDvG4=?=", "grün"),
        ("=?utf-8?b?Z3LDvG4?=", "grün"),
        ("=?utf-8?B?Z3 LD vG4=?=", "grün"),
        // A character whose octets are spread over words.
        ("=?utf-8?q?gr=C3?= =?utf-8?q?=BCn?=", "grün"),
        ("=?utf-8?q?gr=C3?= =?UTF-8?b?vG4=?=", "grün"),
        ("=?utf-8?q?gr=C3?= x =?utf-8?q?=BCn?=", "gr\u{FFFD} x \u{FFFD}n"),
        ("=?utf-8?q?gr=C3?= =?iso-8859-1?q?=BCn?=", "gr\u{FFFD}¼n"),
        // As mailers write them.
        ("Re:=?utf-8?q?gr=C3=BCn?=!", "Re:grün!"),
        ("=?utf-8?q?a?==?utf-8?q?b?=", "ab"),
        ("=?utf-8?q?two words?=", "two words"),
        ("=?utf-8?Q?What??=", "What?"),
        ("=?utf-8?q??=", ""),
        ("  =?utf-8?q?a?=  ", "  a  "),
        ("=?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3F=3D?=", "=?utf-8?q?x?="),
        ("=?utf-8?q?100=25 =zz =4?=", "100% =zz =4"),
        // Charsets.
        ("=?windows-1252?q?=80_=93x=94?=", "€ “x”"),
        ("=?iso-8859-15?q?=A4?=", "€"),
        ("=?koi8-r?B?8NLJ18XU?=", "Привет"),
        ("=?windows-1251?Q?=CF=F0=E8=E2=E5=F2?=", "Привет"),
        ("=?gb2312?B?xOO6ww==?=", "你好"),
        ("=?big5?B?p0Gmbg==?=", "你好"),
        ("=?iso-2022-jp?B?GyRCRnxLXDhsGyhC?=", "日本語"),
        ("=?iso-2022-jp?B?GyRCRnxLXBsoQg==?= =?iso-2022-jp?B?GyRCOGwbKEI=?=", "日本語"),
        ("=?shift_jis?B?k/qWe4zq?=", "日本語"),
        ("=?euc-kr?B?vsiz5w==?=", "안녕"),
        ("=?utf-7?Q?+AOk-?=", "é"),
        ("=?us-ascii?q?=E9?=", "\u{FFFD}"),
        ("=?utf-8?q?=FF=FE?=", "\u{FFFD}\u{FFFD}"),
        ("=?shift_jis?Q?a=81?=", "a\u{FFFD}"),
        ("=?euc-jp?Q?a=FF=FFb?=", "a\u{FFFD}\u{FFFD}b"),
        // Controls that a word hides.
        ("=?utf-8?q?a=0D=0ABcc:=00x=7F?=", "a  Bcc: x "),
        ("=?utf-8?q?a=09b?=", "a\tb"),
    ])
    func `encoded words are decoded`(text: String, decoded: String) {
        #expect(EncodedWord.decode(text) == decoded)
    }

    @Test(arguments: [
        "", "plain", "=?", "=?=", "=??=", "=????=", "=?utf-8?=", "=?utf-8?q", "=?utf-8?q?", "=?utf-8?q?abc",
        "=?utf-8?q?abc?",
        "=?utf-8?x?abc?=", "=?utf-8?qq?abc?=", "=?nobody-knows?q?abc?=", "=?utf-8//translit?q?abc?=", "=?../x?q?abc?=",
        "=? utf-8?q?abc?=", "=?*de?q?abc?=", "= ?utf-8?q?abc?=", "=?wchar_t?q?abc?=", "=?internal?q?abcd?=", "grün",
    ])
    func `what is no encoded word stays as it is`(text: String) {
        #expect(EncodedWord.decode(text) == text)
    }

    @Test(arguments: ["", "plain text", "a\tb", "=", "? ="])
    func `plain text is its own encoding`(text: String) {
        #expect(EncodedWord.encode(text) == text)
    }

    @Test(arguments: [
        ("grün", "=?UTF-8?B?Z3LDvG4=?="), ("Überraschungen", "=?UTF-8?Q?=C3=9Cberraschungen?="),
        ("日本", "=?UTF-8?B?5pel5pys?="), ("=?x", "=?UTF-8?B?PT94?="),
        ("ä\r\nb", "=?UTF-8?B?w6QgIGI=?="),
    ])
    func `the shorter encoding is taken`(text: String, encoded: String) {
        #expect(EncodedWord.encode(text) == encoded)
    }

    @Test func `every label of the table can be read`() {
        for label in Charset.converted.keys.sorted() {
            let text = EncodedWord.decode("=?\(label)?q?abc?=")
            #expect(text == (label.hasPrefix("utf-16") ? text : "abc"), "\(label)")
            #expect(!text.hasPrefix("=?"), "\(label)")
        }
    }

    @Test func `one text makes us open few charsets`() {
        let labels = ["koi8-r", "koi8-u", "cp866", "iso-8859-5", "windows-1251"]
        let text = labels.map { "=?\($0)?q?a?=" }.joined(separator: " ")
        #expect(EncodedWord.decode(text) == "aaaa =?windows-1251?q?a?=")
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            "=?", "?=", "=?utf-8?q?", "=?utf-8?q?=C3", "=?utf-8?q?a?= ", "=?x?q?", "=?koi8-r?b?", "=?utf-8?q?=C3?= ",
            "=?a?=?", " ",
        ])
    func `decoding takes linear time`(unit: String) {
        let text = String(repeating: unit, count: 200_000 / unit.utf8.count)
        #expect(EncodedWord.decode(text).utf8.count <= 3 * text.utf8.count)
        #expect(EncodedWord.decode(text + "?=").utf8.count <= 3 * text.utf8.count)
    }

    @Test func `no octets make the decoder fail`() {
        var random = SeededGenerator(seed: 66)
        let pieces = [
            "=?", "?=", "?", "=", "utf-8", "iso-2022-jp", "euc-kr", "big5-hkscs", "utf-7", "utf-16", "gb18030", "q",
            "B", "_", " ",
            "=E9", "=1B", "=24", "=00", "=FF", "//79", "+", "a", "ü", "*", "*en", "\r\n",
        ]
        for _ in 0..<5000 {
            let text = (0..<Int.random(in: 0...25, using: &random))
                .map { _ in pieces.randomElement(using: &random)! }.joined()
            #expect(EncodedWord.decode(text).utf8.count <= 8 * text.utf8.count + 64)
        }
    }
}

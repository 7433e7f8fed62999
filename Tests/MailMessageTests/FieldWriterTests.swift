import NIOCore
import Testing

@testable import MailMessage

@Suite struct FieldWriterTests {
    @Test(arguments: [
        ("hello", "X: hello"),
        ("  hello  there ", "X: hello  there"),
        ("", "X:"),
        ("\r\n", "X:"),
        ("a\r\nBcc: evil@example.com", "X: a  Bcc: evil@example.com"),
        ("a\0b\u{7F}c\u{1B}d\te", "X: a b c d\te"),
        ("grün", "X: =?UTF-8?B?Z3LDvG4=?="),
        ("ist grün und gut", "X: ist =?UTF-8?B?Z3LDvG4=?= und gut"),
        ("grüne  Äpfel", "X: =?UTF-8?B?Z3LDvG5lICDDhHBmZWw=?="),
        ("Überraschungsangebot für alle", "X: =?UTF-8?Q?=C3=9Cberraschungsangebot_f=C3=BCr?= alle"),
        ("日本語", "X: =?UTF-8?B?5pel5pys6Kqe?="),
        ("=?utf-8?q?x?=", "X: =?UTF-8?B?PT91dGYtOD9xP3g/PQ==?="),
    ])
    func `a value is written as a field may hold it`(value: String, line: String) {
        #expect(written("X", value) == line + "\r\n")
    }

    @Test(arguments: [
        ("Jörg <j@example.com>", "=?UTF-8?B?SsO2cmc=?= <j@example.com>"),
        ("Jörg<j@example.com>", "=?UTF-8?B?SsO2cmc=?= <j@example.com>"),
        (#""Müller, Jörg" <j@example.com>"#, "=?UTF-8?B?TcO8bGxlciwgSsO2cmc=?= <j@example.com>"),
        (
            #""Jö\"rg"<j@example.com>, "Plain, One" <p@example.com>"#,
            #"=?UTF-8?B?SsO2InJn?= <j@example.com>, "Plain, One" <p@example.com>"#
        ),
        (#""a b"@example.com"#, #""a b"@example.com"#),
    ])
    func `in an address field an encoded word stands for display names alone`(value: String, written: String) {
        for name in ["From", "reply-to", "CC"] {
            #expect(self.written(name, value) == "\(name): \(written)\r\n")
        }
    }

    @Test func `a long value is folded at spaces`() {
        let value = Array(repeating: "word", count: 40).joined(separator: " ")
        let text = written("Subject", value)
        #expect(text.split(separator: "\r\n").count == 3)
        #expect(text.split(separator: "\r\n").allSatisfy { $0.utf8.count <= 78 })
        #expect(HeaderSection(text).rawValue(at: 0) == value)
    }

    @Test func `a token without a space stays whole while a line can hold it`() {
        let token = String(repeating: "x", count: 700)
        #expect(written("References", token) == "References: \(token)\r\n")
    }

    @Test func `a token that no line can hold becomes encoded words`() {
        let token = String(repeating: "x", count: 5000)
        let text = written("Subject", token)
        #expect(text.split(separator: "\r\n").allSatisfy { $0.utf8.count <= 76 })
        #expect(HeaderSection(text).decodedValue(at: 0) == token)
    }

    @Test func `encoded words keep to 75 octets, 76 a line, and end at a character`() {
        let value = String(repeating: "日本語 grün 👩‍🚀 ", count: 30)
        let text = written("Subject", value)
        #expect(text.split(separator: "\r\n").allSatisfy { $0.utf8.count <= 76 })
        for word in text.split(whereSeparator: { $0 == " " || $0 == "\r\n" }).dropFirst() {
            #expect(word.utf8.count <= 75)
            #expect(!EncodedWord.decode(String(word)).unicodeScalars.contains("\u{FFFD}"))
        }
        #expect(HeaderSection(text).decodedValue(at: 0) == value.trimmed)
    }

    @Test func `a name of any length leaves the lines of its value within the limit`() {
        let name = String(repeating: "n", count: 64)
        for value in ["grün", "plain", String(repeating: "x", count: 799)] {
            let text = written(name, value)
            #expect(text.split(separator: "\r\n").allSatisfy { $0.utf8.count <= 998 })
            #expect(HeaderSection(text).decodedValue(at: 0) == value)
        }
    }

    /// The property that everything else serves.
    @Test func `whatever the value, it reads back, in lines within the limits`() {
        var random = SeededGenerator(seed: 44)
        let pieces = [
            "a", "word", " ", "  ", "\t", "\r\n", "\n", "\r", "\0", "\u{7F}", "ü", "日本語", "👩‍🚀", "=?", "?=",
            "=?utf-8?q?x?=",
            "<a@b>", "\"", ",", "_", "=", "?", "(", ":", "\u{85}", "\u{2028}", "\u{FEFF}", "e\u{301}",
            String(repeating: " ", count: 50), String(repeating: "x", count: 90), String(repeating: " ", count: 1200),
            String(repeating: "x", count: 1100), String(repeating: "ä", count: 60),
        ]
        for round in 0..<3000 {
            let count = Int.random(in: 0...(round % 10 == 0 ? 60 : 8), using: &random)
            let value = (0..<count).map { _ in pieces.randomElement(using: &random)! }.joined()
            let name = ["X", "Subject", String(repeating: "n", count: 64)].randomElement(using: &random)!
            let text = written(name, value)
            expectWellFormed(text)
            let section = HeaderSection(text)
            #expect(section.count == 1)
            #expect(section.name(at: 0) == name)
            #expect(section.decodedValue(at: 0) == value.sanitised.trimmed)
            #expect(EncodedWord.decode(EncodedWord.encode(value)) == value.sanitised)
        }
    }

    @Test func `whatever the prefix, the field stays one and within the limits`() {
        var random = SeededGenerator(seed: 55)
        let pieces = [
            "[X]", " ", "ü", "\r\n", "long ", String(repeating: "y", count: 70), String(repeating: "ö", count: 50),
        ]
        let values = [
            "", "x", "=?utf-8?q?=C3=BC?=", "\r\n folded", "x\r\n y", String(repeating: "z", count: 985), " \t ",
        ]
        for _ in 0..<2000 {
            let prefix = (0..<Int.random(in: 1...6, using: &random))
                .map { _ in pieces.randomElement(using: &random)! }.joined()
            let value = values.randomElement(using: &random)!
            var section = HeaderSection("Subject: \(value)\r\nTo: x\r\n")
            let shown = section.decodedValue(at: 0)
            section.prefixValue(at: 0, with: prefix)
            expectWellFormed(section.text)
            #expect(HeaderSection(section.text).count == 2)
            let expected = [prefix.sanitised.trimmed, shown].filter { !$0.isEmpty }.joined(separator: " ")
            #expect(section.decodedValue(at: 0) == expected)
        }
    }

    private func expectWellFormed(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(text.hasSuffix("\r\n"), sourceLocation: sourceLocation)
        for line in text.utf8.split(separator: Octet.lineFeed).map({ $0.dropLast() }) {
            #expect(line.count <= 998, sourceLocation: sourceLocation)
            #expect(line.allSatisfy { $0 < 0x80 && !Octet.isControl($0) }, sourceLocation: sourceLocation)
            #expect(line.contains { !Octet.isWhiteSpace($0) }, sourceLocation: sourceLocation)
        }
    }

    private func written(_ name: String, _ value: String) -> String {
        var section = HeaderSection()
        section.addAtTop(name: name, value: value)
        return section.text
    }
}

extension String {
    /// Controls as spaces, as a written value has them.
    var sanitised: String {
        String(decoding: utf8.map { Octet.isControl($0) ? Octet.space : $0 }, as: UTF8.self)
    }

    /// Without white space at both ends.
    var trimmed: String {
        let scalars = unicodeScalars
        let isSpace = { (scalar: Unicode.Scalar) in scalar == " " || scalar == "\t" }
        guard let first = scalars.firstIndex(where: { !isSpace($0) }),
            let last = scalars.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(scalars[first...last])
    }
}

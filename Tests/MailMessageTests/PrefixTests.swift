import Testing

@testable import MailMessage

@Suite struct PrefixTests {
    static let long = String(repeating: "word ", count: 14) + "end"

    @Test(arguments: [
        ("Subject: hello\r\n", "Subject: [X] hello\r\n"),
        ("Subject:hello\r\n", "Subject:[X] hello\r\n"),
        ("subject :\t hello \r\n", "subject :\t [X] hello \r\n"),
        ("Subject: =?utf-8?q?h=C3=A9llo?=\r\n", "Subject: [X] =?utf-8?q?h=C3=A9llo?=\r\n"),
        ("Subject: =?utf-8?q?a?=\r\n =?utf-8?q?b?=\r\n", "Subject: [X] =?utf-8?q?a?=\r\n =?utf-8?q?b?=\r\n"),
        ("Subject:\r\n hello\r\n", "Subject:\r\n [X] hello\r\n"),
        ("Subject: \r\n\thello\r\n there\r\n", "Subject: \r\n\t[X] hello\r\n there\r\n"),
        ("Subject:\r\n", "Subject: [X]\r\n"),
        ("Subject: \r\n", "Subject: [X]\r\n"),
        ("Subject:", "Subject: [X]"),
        ("Subject: hello", "Subject: [X] hello"),
        ("Subject: raw \u{FC}\r\n", "Subject: [X] raw \u{FC}\r\n"),
        ("Subject: " + long + "\r\n", "Subject: [X]\r\n " + long + "\r\n"),
        ("Subject:  " + long + "\r\n more\r\n", "Subject:  [X]\r\n " + long + "\r\n more\r\n"),
        ("Subject: hello\r\n " + long + "\r\n", "Subject: [X] hello\r\n " + long + "\r\n"),
    ])
    func `a prefix leaves the value as it stands`(before: String, after: String) {
        for prefix in ["[X]", "[X] ", " [X]\r\n"] {
            var section = HeaderSection("A: b\r\n" + before)
            section.prefixValue(at: 1, with: prefix)
            #expect(section.text == "A: b\r\n" + after)
        }
    }

    @Test func `the line is folded only when it would pass 78 octets`() {
        let fitting = String(repeating: "a", count: 78 - "Subject: [X] ".utf8.count)
        var section = HeaderSection("Subject: \(fitting)\r\nSubject: \(fitting)a\r\n")
        section.prefixValue(at: 0, with: "[X]")
        section.prefixValue(at: 1, with: "[X]")
        #expect(section.text == "Subject: [X] \(fitting)\r\nSubject: [X]\r\n \(fitting)a\r\n")
    }

    @Test(arguments: [
        ("hello", "[Ä] hello"), ("=?utf-8?q?h=C3=A9llo?=", "[Ä] héllo"), ("=?iso-8859-1?q?h=E9llo?= x", "[Ä] héllo x"),
    ])
    func `a prefix beyond ASCII is encoded and stays apart from the value`(value: String, shown: String) {
        var section = HeaderSection("Subject: \(value)\r\n")
        section.prefixValue(at: 0, with: "[Ä] ")
        #expect(section.decodedValue(at: 0) == shown)
        #expect(section.text.hasSuffix(value + "\r\n"))
        #expect(section.text.utf8.allSatisfy { $0 < 0x80 })
    }

    @Test func `an empty prefix and a malformed field change nothing`() {
        var section = HeaderSection("Subject:  x\r\nno colon\r\n")
        section.prefixValue(at: 0, with: " \r\n")
        section.prefixValue(at: 1, with: "[X]")
        #expect(section.text == "Subject:  x\r\nno colon\r\n")
    }
}

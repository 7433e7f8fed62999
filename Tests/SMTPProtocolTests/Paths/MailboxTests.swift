import SMTPProtocol
import Testing

@Suite("Mailbox") struct MailboxTests {
    @Test(
        "a mailbox is read, and printed in its simplest form",
        arguments: [
            ("a@b", "a", "a@b"), ("john.doe@Example.ORG", "john.doe", "john.doe@Example.ORG"),
            ("a+b=c/d@e.f", "a+b=c/d", "a+b=c/d@e.f"),
            ("!#$%&'*+-/=?^_`{|}~@x", "!#$%&'*+-/=?^_`{|}~", "!#$%&'*+-/=?^_`{|}~@x"),
            ("\"john doe\"@x", "john doe", "\"john doe\"@x"), ("\"john\"@x", "john", "john@x"),
            ("\"a.b\"@x", "a.b", "a.b@x"), ("\"a..b\"@x", "a..b", "\"a..b\"@x"), ("\".\"@x", ".", "\".\"@x"),
            ("\"\"@x", "", "\"\"@x"), ("\"a\\\"b\"@x", "a\"b", "\"a\\\"b\"@x"),
            ("\"a\\\\b\"@x", "a\\b", "\"a\\\\b\"@x"),
            ("\"\\a\\ \\@\"@x", "a @", "\"a @\"@x"), ("\"a@b\"@x", "a@b", "\"a@b\"@x"), ("\"<>\"@x", "<>", "\"<>\"@x"),
            ("a@[192.0.2.1]", "a", "a@[192.0.2.1]"), ("a@[IPv6:::1]", "a", "a@[IPv6:::1]"),
            ("jürgen@bücher.example", "jürgen", "jürgen@bücher.example"),
            ("\"jürgen k\"@x", "jürgen k", "\"jürgen k\"@x"),
        ])
    func valid(text: String, localPart: String, printed: String) throws {
        let mailbox = try #require(Mailbox(text))
        #expect(mailbox.localPart.text == localPart)
        #expect(mailbox.description == printed)
        #expect(Mailbox(printed) == mailbox)
    }

    @Test(
        "other text is refused",
        arguments: [
            "", "@", "a", "a@", "@b", "a@b@c", ".a@b", "a.@b", "a..b@c", "a b@c", "a(b)@c", "a,b@c", "a:b@c", "a;b@c",
            "a[b@c",
            "\"a@b", "a\"@b", "\"a\"b@c", "a\"b\"@c", "\"a\\\"@b", "\"a\"\"b\"@c", "a@b_c", "a@-b", "a@b.", "a@[b",
            "a@[1.2.3]",
            "a@b c", "<a@b>", "a@b>", "a\r\n@b", "\"a\r\nb\"@c", "\"a\0b\"@c", "\"a\tb\"@c", "a\u{85}@b", "\"\\ü\"@b",
            "a\u{7F}@b",
        ])
    func invalid(text: String) { #expect(Mailbox(text) == nil) }

    @Test("the case of the domain does not count, that of the local part does") func comparison() {
        #expect(Mailbox("a@EXAMPLE.org") == Mailbox("a@example.ORG"))
        #expect(Mailbox("A@example.org") != Mailbox("a@example.org"))
        #expect(Mailbox("\"a\"@example.org") == Mailbox("a@example.org"))
    }

    @Test(
        "it is ASCII when both of its parts are",
        arguments: [("a@b", true), ("ä@b", false), ("a@ü.x", false), ("a@[192.0.2.1]", true)])
    func ascii(text: String, isASCII: Bool) { #expect(Mailbox(text)?.isASCII == isASCII) }

    @Test("a local part holds no control character", arguments: ["a\nb", "\0", "\u{7F}", "a\u{9B}b", "\t"])
    func controls(text: String) { #expect(LocalPart(text) == nil) }

    @Test("any other text is a local part, and survives printing and parsing") func localParts() throws {
        var random = SplitMix64(seed: 2822)
        for _ in 0..<2000 {
            let text = random.text(of: "ab.\"\\ @<>(),:;[]ü例", 0...12)
            let localPart = try #require(LocalPart(text))
            guard Mailbox("\(localPart.printed)@x")?.localPart == localPart else {
                Issue.record("\(text) is printed as \(localPart.printed)")
                return
            }
        }
    }
}

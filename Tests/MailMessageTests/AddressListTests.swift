import SMTPProtocol
import Testing

@testable import MailMessage

@Suite struct AddressListTests {
    /// Each entry as `name|local|domain`.
    @Test(
        arguments: [
            ("", []),
            ("a@example.com", ["|a|example.com"]),
            ("<a@example.com>", ["|a|example.com"]),
            ("Joe Q. Public <joe@example.com>", ["Joe Q. Public|joe|example.com"]),
            ("\"Joe, Public\" <joe@example.com>", ["Joe, Public|joe|example.com"]),
            ("\"Joe \\\"X\\\" P\" <joe@example.com>", ["Joe \"X\" P|joe|example.com"]),
            ("a@b, C <c@d> , \"e f\"@g", ["|a|b", "C|c|d", "|e f|g"]),
            // Comments.
            ("a@b (Joe)", ["Joe|a|b"]),
            ("Joe (not (really) Joe) <a@b> (x)", ["Joe|a|b"]),
            ("pete(his account)@silly.test(his host)", ["his account|pete|silly.test"]),
            ("<a@b> (Joe)", ["Joe|a|b"]),
            // Groups.
            (
                "A Group:Ed Jones <joe@where.test>,joe@b, John <jdoe@one.test>;",
                ["Ed Jones|joe|where.test", "|joe|b", "John|jdoe|one.test"]
            ),
            ("Undisclosed recipients:;", []),
            ("a@b, g: c@d; , e@f", ["|a|b", "|c|d", "|e|f"]),
            // Obsolete forms.
            ("<@r1,@r2:a@b>", ["|a|b"]),
            ("Joe < a @ b . example >", ["Joe|a|b.example"]),
            ("a @ b", ["|a|b"]),
            (", , a@b,, c@d,", ["|a|b", "|c|d"]),
            // Encoded words.
            ("=?utf-8?q?J=C3=B6rg?= =?utf-8?q?_M?= <j@x>", ["Jörg M|j|x"]),
            ("=?utf-8?q?M=C3=BCller,_J?= <j@x>", ["Müller, J|j|x"]),
            ("\"=?utf-8?q?J=C3=B6rg?=\" <j@x>", ["Jörg|j|x"]),
            ("=?utf-8?q?<boss@ours.example>?= <j@x>", ["<boss@ours.example>|j|x"]),
            ("a@b (=?utf-8?q?J=C3=B6rg?=)", ["Jörg|a|b"]),
            // 8-bit.
            ("Jörg Müller <jörg@exämple.test>", ["Jörg Müller|jörg|exämple.test"]),
            // Literals.
            ("a@[192.0.2.1]", ["|a|[192.0.2.1]"]),
            ("[EXTERNAL] Boss <a@b>", ["[EXTERNAL] Boss|a|b"]),
            // Not quite addresses.
            ("Joe <a@b", ["Joe|a|b"]),
            ("Joe a@b>", ["Joe|a|b"]),
            ("<a@b", ["|a|b"]),
            ("<<a@b>>", ["|a|b"]),
            ("<a@b> <c@d>", ["|a|b", "|c|d"]),
            ("A <a@b> C <c@d>", ["A|a|b", "C|c|d"]),
            ("<a@b, c@d>", ["|a|b", "|c|d"]),
            ("Joe a@b", ["Joe|a|b"]),
            ("a@b Joe", ["Joe|a|b"]),
            ("<a@b> Joe", ["Joe|a|b"]),
            ("a@b c@d", ["|a|b", "|c|d"]),
            ("a@b; c@d", ["|a|b", "|c|d"]),
            ("<mailto:a@b>", ["|a|b"]),
            ("mailto:a@b", ["|a|b"]),
            ("boss@ours.example <a@b>", ["boss@ours.example|a|b"]),
            ("\"boss@ours.example\" <a@b>", ["boss@ours.example|a|b"]),
            ("a@b@c", ["|a@b|c"]),
            ("root", ["|root|"]),
            ("<root>", ["|root|"]),
            ("Joe Public", ["Joe Public||"]),
            ("Joe <>", ["Joe||"]),
            ("<>", []),
            ("Joe \"unclosed <a@b>", ["Joe \"unclosed|a|b"]),
            ("Joe (unclosed <a@b>", ["Joe (unclosed|a|b"]),
            ("Joe [unclosed <a@b>", ["Joe [unclosed|a|b"]),
            ("\"a\\", ["|\"a\\|"]),
        ] as [(String, [String])])
    func `mailboxes are read as a mail reader shows them`(value: String, entries: [String]) {
        #expect(AddressList(parsing: value).entries.map { "\($0.displayName)|\($0.local)|\($0.domain)" } == entries)
    }

    @Test(arguments: [
        ("Joe < a(x) @ b . example >", "a@b.example"), ("\"a b\"@c", "\"a b\"@c"), ("\"a\\\"b\"@c", "\"a\\\"b\"@c"),
        ("\"ab\"@c", "ab@c"), ("a@[ 192.0.2.1 ]", "a@[192.0.2.1]"), ("<@r:a@b>", "a@b"), ("root", "root"),
        ("Joe <>", ""),
    ])
    func `an address has neither comments nor white space`(value: String, address: String) {
        #expect(AddressList(parsing: value).entries.map(\.address) == [address])
    }

    @Test func `an address is a mailbox when the envelope could hold it`() {
        #expect(AddressList(parsing: "Joe <joe@example.com>").entries.first?.mailbox == Mailbox("joe@example.com"))
        #expect(AddressList(parsing: "\"a b\"@c.example").entries.first?.mailbox?.localPart.text == "a b")
        #expect(AddressList(parsing: "root").entries.first?.mailbox == nil)
        #expect(AddressList(parsing: "a..b@c").entries.first?.mailbox == nil)
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            "a@b,", "(", "((a)", "\"", "\"a", "[", "<", ">", "<a", ":", ";", "@", "a@", "a ", "=?", "=?x?q?",
            "=?x?q?a?= ", ".", "\\", "(\\",
        ])
    func `reading takes linear time`(unit: String) {
        _ = AddressList(parsing: String(repeating: unit, count: 250_000 / unit.utf8.count))
    }

    @Test func `no text makes the reader fail`() {
        var random = SeededGenerator(seed: 77)
        let pieces = [
            "a", "b.c", "@", "<", ">", ",", ";", ":", "\"", "(", ")", "[", "]", "\\", " ", "\t", "ü", "=?utf-8?q?x?=",
            "=?", "\0", ".",
        ]
        for _ in 0..<10_000 {
            let text = (0..<Int.random(in: 0...20, using: &random))
                .map { _ in pieces.randomElement(using: &random)! }.joined()
            for entry in AddressList(parsing: text).entries { _ = entry.mailbox }
        }
    }
}

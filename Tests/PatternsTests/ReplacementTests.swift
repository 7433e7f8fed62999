import Testing

@testable import Patterns

@Suite struct ReplacementTests {
    @Test(arguments: [
        ("a", "banana", "o", "bonono", 3),
        (#"(\w+)@(\w+)"#, "a@b c@d", "$2 at ${1}", "b at a d at c", 2),
        (#"(?<user>\w+)@"#, "joe@x", "<${user}>", "<joe>x", 1),
        ("a|(b)", "ab", "[$1]", "[][b]", 2),
        ("x", "x", "$$1", "$1", 1),
        ("x", "x", #"\1\n"#, #"\1\n"#, 1),
        ("x+", "axxb", "$0$0", "axxxxb", 1),
        ("z", "abc", "y", "abc", 0),
        (#"^(?!\[EXTERNAL\])"#, "urgent", "[EXTERNAL] ", "[EXTERNAL] urgent", 1),
        (#"^(?!\[EXTERNAL\])"#, "[EXTERNAL] urgent", "[EXTERNAL] ", "[EXTERNAL] urgent", 0),
        ("ß", "Maß", "ss", "Mass", 1),
        // Empty matches, as in Perl.
        ("x*", "abc", "-", "-a-b-c-", 4),
        ("a*", "baac", "-", "-b--c-", 4),
        ("", "äß", ".", ".ä.ß.", 3),
        ("$", "abc", "!", "abc!", 1),
        ("", "", "x", "x", 1),
        (#"a\K"#, "aab", "-", "a-a-b", 2),
        (#"\b"#, "ab cd", "|", "|ab| |cd|", 4),
        (#"(?<=a)"#, "aa", "-", "a-a-", 2),
    ])
    func `every match is replaced`(
        source: String, subject: String, replacement: String, result: String, count: Int
    ) throws {
        let pattern = try Pattern(source)
        let replaced = try pattern.replaceAll(in: subject, with: PatternReplacement(replacement, for: pattern))
        #expect(replaced.text == result)
        #expect(replaced.count == count)
    }

    @Test(arguments: [
        ("a", "x$1", "no group `1`; the pattern has 0 groups", 1),
        ("(a)", "$2", "no group `2`; the pattern has 1 group", 0),
        ("(a)", "$10", "no group `10`; the pattern has 1 group", 0),
        ("(a)", "${7}", "no group `7`; the pattern has 1 group", 0),
        ("(a)", "$99999999999999999999", "no group `99999999999999999999`; the pattern has 1 group", 0),
        ("(?<n>a)", "${m}", "the pattern has no group named `m`", 0),
        ("a", "100 $", "a lone `$`; a dollar sign is written `$$`", 4),
        ("a", "$x", "a lone `$`; a dollar sign is written `$$`", 0),
        ("a", "${}", "a lone `$`; a dollar sign is written `$$`", 0),
        ("(a)", "é${1", "`${` without its `}`", 2),
    ])
    func `a replacement text with a mistake says what and where`(
        source: String, text: String, message: String, offset: Int
    ) throws {
        let pattern = try Pattern(source)
        #expect(throws: PatternError(message: message, offset: offset)) { try PatternReplacement(text, for: pattern) }
    }

    @Test func `a replacement is made from each match`() throws {
        let result = try Pattern(#"\d+"#).replaceAll(in: "1 22 333") { "\($0.text.utf8.count)" }
        #expect(result.text == "1 2 3")
        #expect(result.count == 3)
    }

    @Test func `the text that replacements make is bounded`() throws {
        let pattern = try Pattern("a")
        let subject = String(repeating: "a", count: 600)
        let fitting = String(repeating: "b", count: MatchLimits.replacedOctets / 600)
        #expect(try pattern.replaceAll(in: subject) { _ in fitting }.count == 600)
        #expect(throws: MatchFailure.limitExceeded) {
            try pattern.replaceAll(in: subject) { _ in fitting + "b" }
        }
    }

    @Test func `the number of replacements is bounded`() throws {
        let pattern = try Pattern("a")
        #expect(try pattern.replaceAll(in: String(repeating: "a", count: 5000)) { _ in "b" }.count == 5000)
        #expect(throws: MatchFailure.limitExceeded) {
            try pattern.replaceAll(in: String(repeating: "a", count: 60_000)) { _ in "b" }
        }
    }
}

import Testing

@testable import PolicyFiles

/// Regular expressions of POSIX as patterns of PCRE2.
@Suite struct POSIXExpressionTests {
    @Test(arguments: [
        ("^Subject: a.*b$", "^Subject: a.*b$"),
        ("a{,3}b{2}c{2,}d{1,4}", "a{0,3}b{2}c{2,}d{1,4}"),
        ("a+?b**", "(?:a+)?(?:b*)*"),
        ("(ab)+|c", "(ab)+|c"),
        ("a)b", "a\\)b"),
        ("[]a^-]", "[\\]a\\^\\-]"),
        ("[^\\d]", "[^\\\\d]"),
        ("[[:alpha:][.-.]x-z]", "[[:alpha:]\\-x-z]"),
        ("\\<a\\>", "\\b(?=\\w)a\\b(?<=\\w)"),
        ("\\.\\/\\d", "\\.\\/d"),
        ("(a)\\1", "(a)\\g{1}"),
        ("a}b]", "a\\}b\\]"),
        ("", ""),
    ])
    func `an extended expression`(expression: String, pattern: String) throws {
        let translated = try POSIXExpression(expression, isExtended: true, heedsLines: false)
        #expect(translated.pattern == pattern.replacing("\\/", with: "/"))
    }

    @Test(arguments: [
        ("*a\\(*b\\)", "\\*a(\\*b)"),
        ("a\\{2\\}\\+b\\?", "(?:a{2})+b?"),
        ("a|b\\|c", "a\\|b|c"),
        ("a^b$c", "a\\^b\\$c"),
        ("^a$\\|^b$", "^a$|^b$"),
        ("a+(b)", "a\\+\\(b\\)"),
    ])
    func `a basic expression`(expression: String, pattern: String) throws {
        #expect(try POSIXExpression(expression, isExtended: false, heedsLines: false).pattern == pattern)
    }

    @Test func `lines are heeded where they are asked for`() throws {
        let translated = try POSIXExpression("^a.[^b]$", isExtended: true, heedsLines: true)
        #expect(translated.pattern == "(?m:^)a[^\\n][^b\\n](?m:$)")
    }

    @Test(arguments: [
        "*a", "a|*", "(*)", "^*", "a{", "a{3,2}", "a{99999}", "(a", "[a", "[[:foo:]]", "[b-a]", "[[.ab.]]", "a\\",
        "\\1",
    ])
    func `an expression that glibc refuses is refused`(expression: String) {
        #expect(throws: POSIXExpression.Failure.self) {
            try POSIXExpression(expression, isExtended: true, heedsLines: false)
        }
    }

    @Test(arguments: [("a(.*)b", false), ("(a|b)", true), ("(ab)*", true), ("(a*)", false)])
    func `groups may differ where there is a choice`(expression: String, differ: Bool) throws {
        let translated = try POSIXExpression(expression, isExtended: true, heedsLines: false)
        #expect(translated.mayFindOtherGroups == differ)
    }

    @Test func `no text makes the translation end badly`() throws {
        let alphabet = Array("ab()[]{}|*+?^$.\\,1-:=")
        // A generator that is always the same: what fails can be tried again.
        var state: UInt64 = 1
        func number(below bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        for _ in 0..<3000 {
            let text = String((0..<number(below: 13)).map { _ in alphabet[number(below: alphabet.count)] })
            for isExtended in [true, false] {
                _ = try? POSIXExpression(text, isExtended: isExtended, heedsLines: false)
            }
        }
    }
}

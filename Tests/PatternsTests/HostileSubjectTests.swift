import Testing

@testable import Patterns

/// Texts that are made against a pattern are found where there are any, and are what they are said to be.
@Suite struct HostileSubjectTests {
    @Test(arguments: [
        "^(a+)+$", "(a|aa)+$", #"(\w+\s?)+$"#, "^(.+)+b$", #"^(([a-z])+.)+[A-Z]([a-z])+$"#, "(x+x+)+y",
        #"^([a-zA-Z0-9_.-]+)*@example\.com$"#, #"^(\d+|\w+)*[!]$"#, "(?i)^(?:[a-z]+ ?)*:$", #"^[^@]*(?:<[^>]*)*@$"#,
        #"([a-z0-9])(([\-.]|[_]+)?([a-z0-9]+))*(@){1}[a-z0-9]+[.]{1}[a-z]{2,3}$"#,
        #"^(?:.*,){11}P$"#, "(?P<word>[[:alpha:]]+)*#", #"^(\s|\s\s)*x$"#, "(?:a?){30}a{30}$|(a*)*b",
    ])
    func `a pattern that can be made to take long is found out`(source: String) throws {
        let pattern = try Pattern(source)
        let subject = try #require(pattern.hostileSubject())
        #expect(subject.utf8.count <= 998 + source.utf8.count)
        #expect(throws: MatchFailure.limitExceeded) { try pattern.matches(subject) }
        #expect(try Pattern(source).hostileSubject() == subject)
    }

    @Test(arguments: [
        "urgent", "^Re:", #"\b10\.\d+\.\d+\.\d+\b"#, #"^(?!\[EXTERNAL\])"#, #"^.*from.*by.*$"#, #"\s+$"#,
        #"^[^<>]*<[^<>]+>$"#, #"^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$"#, #"^(?>a+)+$"#, "(a++)+$",
        #"(viagra|casino|lottery)\s+(winner|offer)"#, #"\[(?:spam|bulk)\]"#, "", "[]a]+b", "(*NO_JIT)a+b", "(?#(a+)b",
        #"^\[([0-9]{1,3}\.){3}[0-9]{1,3}\]$"#, #"[[:space:]]+\d{3,}"#, #"\Qa+\E+b"#,
    ])
    func `an honest pattern is not`(source: String) throws {
        #expect(try Pattern(source).hostileSubject() == nil)
    }

    @Test func `any text that compiles has an outline`() {
        var random = SeededGenerator(seed: 5)
        let pieces = [
            "(", ")", "[", "]", "{", "}", "|", "*", "+", "?", "\\", "^", "-", ":", "a", "b", "1", ",", ".", "?:", "?<",
            ">",
            "[:", ":]", "\\p{", "\\Q", "(?#", "(*", "é", "😀",
        ]
        for _ in 0..<3000 {
            let source = (0..<Int.random(in: 0...14, using: &random)).map { _ in
                pieces.randomElement(using: &random) ?? ""
            }.joined()
            _ = PatternOutline(source).places
        }
        let deep = String(repeating: "(", count: 10_000) + "a+" + String(repeating: ")+", count: 10_000)
        #expect(PatternOutline(deep).places.count < 100)
    }
}

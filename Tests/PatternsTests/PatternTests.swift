import Testing

@testable import Patterns

@Suite struct PatternTests {
    @Test(arguments: [
        ("abc", "xabcx", 1..<4),
        ("^abc$", "abc", 0..<3),
        (#"\d+"#, "id 4711", 3..<7),
        ("ü", "grün", 2..<4),
        (".", "€", 0..<3),
        (#"(?=x)"#, "abx", 2..<2),
        ("", "abc", 0..<0),
        (#"\bRe\K:"#, "Re: x", 2..<3),
    ])
    func `a match is found anywhere and its place counted in octets`(
        source: String, subject: String, range: Range<Int>
    ) throws {
        #expect(try Pattern(source).firstMatch(in: subject)?.range == range)
    }

    @Test(arguments: [("abc", "abd"), ("^b", "ab"), (#"\d"#, ""), ("A", "a"), (#"^(?!\[EXT\])"#, "[EXT] x")])
    func `a subject without a match gives none`(source: String, subject: String) throws {
        let pattern = try Pattern(source)
        #expect(try pattern.firstMatch(in: subject) == nil)
        #expect(try !pattern.matches(subject))
    }

    @Test(arguments: [("viagra", "VIAGRA"), ("ÄRGER", "ärger"), ("straße", "STRAßE")])
    func `a caseless pattern takes letters of either case`(source: String, subject: String) throws {
        #expect(try Pattern(source, caseless: true).matches(subject))
        #expect(try !Pattern(source).matches(subject))
    }

    @Test func `groups are read by number and by name`() throws {
        let pattern = try Pattern(#"(?<key>\w+)=(\w*)(?<rest>;.*)?"#)
        #expect(pattern.captureCount == 3)
        #expect(pattern.captureNames == ["key": 1, "rest": 3])
        let match = try #require(try pattern.firstMatch(in: "ä größe=b"))
        #expect(match.text == "e=b")
        #expect(match[0] == "e=b")
        #expect(match[1] == "e")
        #expect(match[2] == "b")
        #expect(match["key"] == "e")
        #expect(match[3] == nil)
        #expect(match["rest"] == nil)
        #expect(match[4] == nil)
        #expect(match[-1] == nil)
        #expect(match["other"] == nil)
        #expect(match.range(of: 2) == 11..<12)
    }

    @Test func `a name that several groups share is the one that took part`() throws {
        let pattern = try Pattern("(?J)(?:a(?<n>.)|b(?<n>.))")
        #expect(pattern.captureNames == ["n": 1])
        #expect(try pattern.firstMatch(in: "bx")?["n"] == "x")
    }

    @Test(arguments: [
        ("a(b", 3, "missing closing parenthesis"),
        ("[a", 2, "missing terminating ] for character class"),
        ("*a", 0, "quantifier does not follow a repeatable item"),
        ("(?<n>a)(?<n>b)", 12, "two named subpatterns have the same name"),
        (#"\C"#, 2, "using \\C is disabled"),
    ])
    func `a pattern that does not compile says why and where`(source: String, offset: Int, message: String) {
        let error = #expect(throws: PatternError.self) { try Pattern(source) }
        #expect(error?.offset == offset)
        #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "")")
    }

    @Test func `patterns are compiled just in time here`() throws {
        #expect(try Pattern("a+b").isJITCompiled)
        #expect(try !Pattern("(*NO_JIT)a+b").isJITCompiled)
    }

    @Test func `one pattern serves many threads`() async throws {
        let pattern = try Pattern(#"from (\S+) by (\S+)"#, caseless: true)
        try await withThrowingTaskGroup(of: Int.self) { group in
            for task in 0..<8 {
                group.addTask {
                    var found = 0
                    for round in 0..<500 {
                        let padding = String(repeating: "x ", count: round * 2)
                        let match = try pattern.firstMatch(in: "\(padding)From a\(task) by b\(round)")
                        if match?[1] == "a\(task)", match?[2] == "b\(round)" { found += 1 }
                    }
                    return found
                }
            }
            for try await found in group { #expect(found == 500) }
        }
    }
}

import Glibc
import Testing

@testable import Patterns

/// Patterns that take exponential, cubic or quadratic time on subjects made against them.
@Suite struct WorkBoundTests {
    static let patterns = [
        "^(a+)+$", #"\s+$"#, "(.*)*x", "(a|aa)+$", #"(\w+\s?)+$"#, "(?:(?:.*+x)|a)*[yz]", "a++[xy]", "^(.+)+b$",
        #"(a*)\1*[bc]"#, #"(.*)(.*)(.*)\1[xy]"#, "[a-z]{1000}[0-9]", "(?:a{1000}|a)*[0-9]", ".*.*.*=[0-9]",
        #"(?=(a+))a*[bc]\1"#, #"(?:(?=.*!)a)*[yz]"#, #"^(a{1,900}-)(?:\1|a)*$"#, #"\X*\X*[yz]"#,
        #"([a-z0-9])(([\-.]|[_]+)?([a-z0-9]+))*(@){1}[a-z0-9]+[.]{1}[a-z]{2,3}$"#,
        "(?:a+)+[xy]|a", "a(?=.*!)", "a(?=(.*.*)!)|a", #"(\w+\s?)+x|\w"#, #"\w(?=(\w*\s*)*[xy])|\w"#, "(?=(a*)*)a?",
    ]

    static let subjects: [String] = [40, 1024, 5000, MatchLimits.subjectOctets].flatMap(subjects(octets:))

    /// Runs of one thing, with something behind them that no pattern expects.
    private static func subjects(octets: Int) -> [String] {
        let units = [
            "a", " ", "word ", "ä", String(repeating: "a", count: 90) + "-", String(repeating: "a", count: 999) + "-",
        ]
        return units.map { unit in
            let count = max((octets - 1) / unit.utf8.count, 1)
            return String(repeating: unit, count: count) + "!"
        }
    }

    /// How much longer a search may take where a sanitizer watches what counts its steps.
    private static let allowance = getenv("GATEPOST_SANITIZED") == nil ? 1.0 : 4.0

    /// The bound is about 10 ms of the processor; a test machine may be ten times slower than that.
    @Test(arguments: patterns, ["", "(*NO_JIT)"])
    func `no subject makes a search take long`(pattern: String, prefix: String) throws {
        let pattern = try Pattern(prefix + pattern)
        for subject in Self.subjects {
            let start = processorMilliseconds()
            _ = try? pattern.firstMatch(in: subject)
            let searched = processorMilliseconds()
            _ = try? pattern.replaceAll(in: subject) { _ in "" }
            #expect(searched - start < 150 * Self.allowance, "\(subject.utf8.count) octets of \(subject.prefix(10))")
            let replaced = processorMilliseconds() - searched
            #expect(replaced < 300 * Self.allowance, "\(subject.utf8.count) octets of \(subject.prefix(10))")
        }
    }

    @Test(arguments: [
        ("^(a+)+$", String(repeating: "a", count: 40) + "!"),
        (#"\s+$"#, String(repeating: " ", count: 60_000) + "!"),
        ("(a|aa)+$", String(repeating: "a", count: 60_000) + "!"),
    ])
    func `a search that costs too much is a failure and not a miss`(source: String, subject: String) throws {
        let pattern = try Pattern(source)
        #expect(throws: MatchFailure.limitExceeded) { try pattern.firstMatch(in: subject) }
        #expect(throws: MatchFailure.limitExceeded) { try pattern.matches(subject) }
        #expect(throws: MatchFailure.limitExceeded) { try pattern.replaceAll(in: subject) { _ in "" } }
    }

    @Test func `a subject may be as long as the cap and no longer`() throws {
        let pattern = try Pattern("b$")
        let longest = String(repeating: "a", count: MatchLimits.subjectOctets - 1) + "b"
        #expect(try pattern.matches(longest))
        #expect(throws: MatchFailure.subjectTooLong) { try pattern.matches("a" + longest) }
        #expect(throws: MatchFailure.subjectTooLong) { try pattern.firstMatch(in: "a" + longest) }
        #expect(throws: MatchFailure.subjectTooLong) { try pattern.replaceAll(in: "a" + longest) { _ in "" } }
    }

    @Test(arguments: [1000, 1500, 5000])
    func `a search that needs more stack than compiled code has goes on in the interpreter`(count: Int) throws {
        let pattern = try Pattern("^(?:(a)|(b))*$")
        #expect(try pattern.matches(String(repeating: "ab", count: count / 2)))
        #expect(try !pattern.matches(String(repeating: "ab", count: count / 2) + "c"))
    }

    @Test(arguments: [
        #"^.*from.*by.*with.*id.*$"#, #"^(?:[^<>]+|<[^<>]*>)*$"#, #"\b10\.\d+\.\d+\.\d+\b"#, #"(\w+\s?)+"#, #"\s+x"#,
    ])
    func `honest patterns on long values stay within the budget`(source: String) throws {
        let value = String(repeating: "from <a@example.com> by mx.example.com with ESMTP id 4711 ", count: 50)
        #expect(throws: Never.self) { try Pattern(source).firstMatch(in: value) }
    }

    /// The metered search is a second compilation of the pattern; here both see the same subjects.
    @Test func `plain and metered search agree`() throws {
        var random = SeededGenerator(seed: 11)
        let atoms = [
            "a", "b", ".", "[ab]", "(a)", "(?:b|ab)", "^", "$", #"\b"#, "ä", "(a|b)", "(?=b)", "(?!a)", "(?<=a)",
            #"\w"#,
        ]
        let repeats = ["", "", "", "*", "+", "?", "{2}", "*?", "++"]
        var matches = 0
        for _ in 0..<2000 {
            let source = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                atoms.randomElement(using: &random)! + repeats.randomElement(using: &random)!
            }.joined()
            guard let pattern = try? Pattern(source, caseless: Bool.random(using: &random)) else { continue }
            for _ in 0..<5 {
                let subject = (0..<Int.random(in: 0...12, using: &random))
                    .map { _ in ["a", "b", "B", "ä", " ", "\n"].randomElement(using: &random)! }
                    .joined()
                let plain = try ranges(of: pattern, in: subject, metered: false)
                let metered = try ranges(of: pattern, in: subject, metered: true)
                #expect(plain == metered, "`\(source)` in `\(subject)`")
                if plain != nil { matches += 1 }
            }
        }
        #expect(matches > 1000)
    }

    private func ranges(of pattern: Pattern, in subject: String, metered: Bool) throws -> [Range<Int>?]? {
        var subject = subject
        var search = try PatternSearch(pattern: pattern, subjectOctets: subject.utf8.count)
        let isMatch = try subject.withUTF8Octets { octets throws(MatchFailure) in
            metered
                ? try search.runMetered(octets, from: 0, options: 0)
                : try search.run(octets, from: 0)
        }
        guard isMatch else { return nil }
        let match = search.match(in: subject)
        return (0...pattern.captureCount).map(match.range(of:))
    }

    private func processorMilliseconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
    }
}

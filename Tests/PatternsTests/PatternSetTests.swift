import Patterns
import Synchronization
import Testing

/// A search for many patterns at once misses none that PCRE2 finds.
struct PatternSetTests {
    @Test(
        "what PCRE2 finds is a candidate",
        arguments: [
            ("k", "\u{212A}"), ("s", "\u{17F}"), ("(?i)task", "ta\u{17F}k"), ("(?i)äpfel", "ÄPFEL"), ("[^k]x", "äx"),
            (#"\bfoo\b"#, "a foo b"), (#"foo\Z"#, "foo\n"), ("foo$", "foo\n"), (#"foo\z"#, "foo"),
            ("(?m)^foo$", "a\nfoo\nb"),
            (#"(a+)b\1"#, "aabaa"), ("foo(?=bar)", "foobar"), ("(?<!x)foo", "foo"), ("(?>a+)b", "aab"), ("a++b", "aab"),
            (#"\Kfoo"#, "foo"), (#"fo\Ko"#, "foo"), (#"\Rfoo"#, "\nfoo"), (#"\Xfoo"#, "e\u{301}foo"), (#"a\Nc"#, "aäc"),
            (#"\hfoo"#, "\u{2003}foo"), (#"\vfoo"#, "\u{2028}foo"), (#"\sfoo"#, "\u{B}foo"), (#"\p{L}foo"#, "ꟁfoo"),
            ("(?|(a)|(b))foo", "bfoo"), ("(?^i:A)foo", "afoo"), ("(?xx)[a b]foo", "afoo"), ("(?x) f o o", "foo"),
            ("[[:<:]]foo[[:>:]]", "a foo b"), (#"\Qa.b\E"#, "a.b"), ("a{,3}b", "a{,3}b"), ("a{2", "a{2"),
            (#"\o{101}foo"#, "Afoo"), (#"\101foo"#, "Afoo"), (#"\x41foo"#, "Afoo"), (#"\x{e4}foo"#, "äfoo"),
            ("foo|", "x"), ("^$", ""), (".*", "a"), ("(foo)?", "x"), ("(?!x)", "y"), (#"\B"#, "ab"),
            ("(a)?(?(1)b|c)d", "cd"), ("a(?1)?(b)", "ab"), ("b(?R)?a", "bbaa"), ("a(*ACCEPT)b", "a"),
            ("(*UCP)\\wfoo", "äfoo"),
            ("(?:foo.{1,2000}){1,3}bar", "foo bar"), ("fo{0,3}bar", "fbar"), ("(?<n>foo)\\k<n>", "foofoo"),
            ("(?#comment)foo", "foo"), ("[]a]foo", "]foo"), ("[^]a]foo", "bfoo"), ("(?i:A)foo", "afoo"),
            ("a|b|cd", "b"),
            ("(?s).foo", "\nfoo"), ("ä+foo", "ääfoo"), ("(foo", ""), ("\\", ""), ("a(?-i)foo", "afoo"),
            ("\u{0}foo", "\u{0}foo"),
        ]
    )
    func candidate(source: String, subject: String) throws {
        for caseless in [false, true] {
            // Some rows are no patterns to PCRE2: then there is nothing to be found.
            guard let pattern = try? Pattern(source, caseless: caseless), try pattern.matches(subject) else { continue }
            let set = PatternSet([SoughtText("other", isCaseless: false), SoughtText(pattern)])
            #expect(candidates(of: set, in: subject).contains(1), "\(source) caseless: \(caseless)")
        }
    }

    @Test("random patterns and texts: nothing that PCRE2 finds is missed", arguments: 0..<6)
    func randomPatterns(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        for _ in 0..<12 {
            let patterns = (0..<20).compactMap { _ in
                try? Pattern(Self.pattern(depth: 3, &random), caseless: Bool.random(using: &random))
            }
            let set = PatternSet(patterns.map(SoughtText.init))
            for _ in 0..<40 {
                let alphabet = Array("aabbkKsS\u{17F}\u{212A} ä1.\n-")
                let subject = String(
                    (0..<Int.random(in: 0...12, using: &random)).map { _ in
                        alphabet.randomElement(using: &random) ?? "a"
                    })
                let named = candidates(of: set, in: subject)
                for (place, pattern) in patterns.enumerated() where try pattern.matches(subject) {
                    #expect(named.contains(place), "\(pattern.source) caseless: \(pattern.isCaseless) in \(subject)")
                }
            }
        }
    }

    @Test("a pattern that the text lacks is not named")
    func screens() throws {
        let sources = (0..<200).map { #"\bword\#($0)\b.*"# } + [#"\Kunusual(?|a|b)"#, #"(?:foo|bar)\R(?1)?end(s)"#]
        let set = PatternSet(sources.map { SoughtText($0, isCaseless: false) })
        #expect(set.unscreened == [])
        #expect(candidates(of: set, in: "word1234 and word12 of mine") == [12])
        #expect(candidates(of: set, in: "UNUSUAL") == [200])
        #expect(candidates(of: set, in: "the END") == [201])
        #expect(
            PatternSet([SoughtText(".", isCaseless: false), SoughtText("a*", isCaseless: false)]).unscreened == [1])
    }

    @Test("a record that was kept is used again, a damaged or strange one is made anew")
    func store() throws {
        let kept = Mutex<[String: [UInt8]]>([:])
        let written = Mutex(0)
        let store = DatabaseStore(
            read: { name in kept.withLock { $0[name] } },
            write: { name, octets in
                kept.withLock { $0[name] = octets }
                written.withLock { $0 += 1 }
            }
        )
        let sought = ["foo", "a*", "b(ar)+"].map { SoughtText($0, isCaseless: true) }
        func check(_ expectedWrites: Int) {
            let set = PatternSet(sought, store: store)
            #expect(set.unscreened == [1])
            #expect(candidates(of: set, in: "FOO") == [0, 1])
            #expect(written.withLock { $0 } == expectedWrites)
        }
        check(1)
        check(1)
        let (name, whole) = try #require(kept.withLock { $0.first })
        var writes = 1
        for damage in [0, 20, 30, 45, whole.count / 2, whole.count - 1] {
            kept.withLock { $0[name]?[damage] ^= 0x40 }
            writes += 1
            check(writes)
            #expect(kept.withLock { $0[name] } == whole)
        }
        for length in [0, 5, 21, 40, whole.count - 1] {
            kept.withLock { $0[name] = Array(whole.prefix(length)) }
            writes += 1
            check(writes)
        }
        _ = PatternSet([SoughtText("foo", isCaseless: false)], store: store)
        #expect(kept.withLock { $0.count } == 2)
    }

    /// The places that a set names and those that it cannot screen.
    private func candidates(of set: PatternSet, in text: String) -> Set<Int> {
        var places = Set(set.unscreened)
        #expect(set.search(text) { places.insert($0) })
        return places
    }

    private static func pattern(depth: Int, _ random: inout SeededGenerator) -> String {
        let atoms = [
            "a", "b", "k", "s", "ab", "bk", "K", "\u{17F}", "ä", ".", #"\d"#, #"\w"#, #"\W"#, #"\s"#, "[ab]", "[^ks]",
            "[a-k]",
            "[^ä]", #"\x61"#, #"\x{17f}"#, "^", "$", #"\b"#, #"\B"#, #"\A"#, #"\z"#, #"\1"#, #"\R"#, #"\N"#, #"\h"#,
            #"\p{L}"#,
            #"\K"#, "(?i)", "(?m)", "(?s)", #"\-"#, "[[:alpha:]]", "1",
        ]
        func part() -> String { pattern(depth: depth - 1, &random) }
        switch depth == 0 ? 0 : Int.random(in: 0..<12, using: &random) {
        case 0...3: return atoms.randomElement(using: &random) ?? "a"
        case 4, 5: return part() + part()
        case 6: return part() + "|" + part()
        case 7: return "(" + part() + ")"
        case 8:
            let opening =
                ["(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>", "(?i:", "(?<n>", "(?s-i:"].randomElement(using: &random)
                ?? "("
            return opening + part() + ")"
        default:
            let quantifier =
                ["*", "+", "?", "*?", "++", "{2}", "{0,2}", "{1,}", "{1,70}"].randomElement(using: &random) ?? "*"
            return "(?:" + part() + ")" + quantifier
        }
    }
}

import Policy
import Testing

@testable import PolicyFiles

/// Text that was damaged at random is read or refused, and never ends the process.
@Suite struct DocumentFuzzTests {
    private static let seeds = [
        "policy: a\nlists: { ours: [example.com, .example.org] }\nrules:\n  - name: x\n    when: { a.b: { in: ours } }\n",
        "a: 'it''s'\nb: \"q\\u00e9\\n\"\nc: |\n  block\n   more\nd: >-\n  folded\n  text\n? e\n: f\n",
        "x: &a [1, 2]\ny: *a\n<<: { z: 1 }\n--- !tag\n- [ {}, [] ]\n...\n",
        "k: 1\nk: 2\n\"k\": 3\n'k': { m: 1, m: 2, \"m\": 3 }\n",
    ]
    private static let pieces = [
        ":", "-", " ", "\n", "\t", "{", "}", "[", "]", ",", "&", "*", "!", "|", ">", "'", "\"", "%", "@", "#", "?",
        "\\",
        "\r", "\u{0}", "\u{85}", "\u{2028}", "\u{FEFF}", "\u{E000}", "é", "😀", "k: 1\n", "  ", "---", "...", "<<: ",
        "~",
    ]

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func damagedTextIsReadOrRefused(seed: UInt64) {
        var generator = SplitMix(state: seed)
        for _ in 0..<1000 {
            var text = Array(Self.seeds.randomElement(using: &generator) ?? "")
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                let index = Int.random(in: 0...text.count, using: &generator)
                switch Int.random(in: 0...2, using: &generator) {
                case 0: text.insert(contentsOf: Self.pieces.randomElement(using: &generator) ?? "", at: index)
                case 1 where index < text.count: text.remove(at: index)
                default: text.insert(contentsOf: text[index...].prefix(9), at: index)
                }
            }
            let document = Document(text: String(text), path: "f")
            #expect(
                document.root != nil || !document.diagnostics.isEmpty, "seed \(seed): \(String(text).debugDescription)")
            for diagnostic in document.diagnostics {
                #expect(diagnostic.location.line >= 1 && diagnostic.location.column >= 1)
                #expect(diagnostic.location.line <= text.count { $0.isNewline } + 2)
            }
        }
    }

    /// Steele, Lea and Flood: SplitMix64.
    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }
}

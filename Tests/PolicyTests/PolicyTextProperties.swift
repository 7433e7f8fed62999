import Foundation
import PolicyFiles
import SMTPProtocol
import Testing

@testable import Policy

/// Whatever a policy file holds, it is either refused with a place or runs.
struct PolicyTextProperties {
    /// The cases of `DiagnosticTests` and the example policies, as texts to take pieces from.
    static let texts: [String] = {
        let folder = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Policies")
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        let examples = files.sorted { $0.path < $1.path }.compactMap { try? String(contentsOf: $0, encoding: .utf8) }
        return examples + DiagnosticTests.cases.map(\.policy)
    }()

    @Test("a garbled policy is refused at a place or runs", arguments: 0..<8)
    func garbled(seed: Int) throws {
        var random = SplitMix(seed: UInt64(seed))
        for _ in 0..<40 {
            let text = garble(try #require(Self.texts.randomElement(using: &random)), &random)
            let loaded = PolicyFile.load(text: text, path: "p.yaml")
            if let set = loaded.set {
                run(set)
            } else {
                #expect(loaded.diagnostics.containsErrors, "\(text)")
                #expect(loaded.diagnostics.allSatisfy { $0.location.line > 0 && $0.location.column > 0 })
            }
        }
    }

    @Test("rules of random attributes, operators and actions are refused or run", arguments: 0..<8)
    func randomRules(seed: Int) throws {
        var random = SplitMix(seed: UInt64(1000 + seed))
        for _ in 0..<40 {
            let rules = (0..<5).map { number in
                let name = AttributeNames.all.randomElement(using: &random) ?? ""
                let test = Operator.allCases.randomElement(using: &random)?.rawValue ?? ""
                let operand =
                    ["5", "a.example", "true", "'(a)'", "10.0.0.0/8", "7BIT", "[a, b]", "words", "1 KiB"]
                    .randomElement(using: &random) ?? ""
                let action =
                    [
                        "reject: 'no {match.1} {\(name)}'", "log: '{\(name)}'", "tag: t\(number)", "remove-header: A",
                        "add-header: { X-A: '{\(name)}' }", "hide: DSN", "reply: '252 2.5.0 {\(name)}'", "accept: true",
                        "set-sender: '{\(name)}@a.example'", "set-recipient: 'a@{\(name)}'", "discard: true",
                        "add-recipient: ['{\(name)}', '{match.1}@a.example']", "drop-recipient: true", "delay: 1s",
                        "rewrite-recipient: { match: '(a).*', replace: '$1{\(name)}' }", "require-tls: true",
                        "rewrite-sender: { match: '@', replace: '{\(name)}@' }", "require-auth: true",
                    ].randomElement(using: &random) ?? ""
                return "  - { name: r\(number), when: { \(name): { \(test): \(operand) } }, then: { \(action) } }\n"
            }
            let loaded = PolicyFile.load(
                text: "policy: p\nlists: { words: [a, 10.0.0.1, a@b.example] }\nrules:\n" + rules.joined(),
                path: "p.yaml"
            )
            if let set = loaded.set { run(set) }
        }
    }

    /// Judges a full and an empty transaction at all stages.
    private func run(_ set: PolicySet) {
        for stage in Stage.allCases {
            var trace = EvaluationTrace()
            let traced = set.evaluate(stage, .example, trace: &trace)
            #expect(traced.decision == set.evaluate(stage, .example).decision)
            _ = set.evaluate(stage, Facts())
        }
    }

    /// Removes, doubles, swaps and replaces pieces of a text.
    private func garble(_ text: String, _ random: inout SplitMix) -> String {
        var lines = text.components(separatedBy: "\n")
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let index = Int.random(in: lines.indices, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: lines.remove(at: index)
            case 1: lines.insert(lines[index], at: index)
            case 2: lines.swapAt(index, Int.random(in: lines.indices, using: &random))
            case 3: lines[index] = String(lines[index].dropFirst(Int.random(in: 0...6, using: &random)))
            case 4: lines[index] = String(lines[index].dropLast(Int.random(in: 0...6, using: &random)))
            default:
                let junk = [
                    "{", "}", "]", ": ", "'", "\u{0}", "é", "{match.99999999999999999999}", "99999999999999999999",
                    "- ",
                ]
                lines[index].append(junk.randomElement(using: &random) ?? "")
            }
            if lines.isEmpty { lines = [""] }
        }
        return lines.joined(separator: "\n")
    }
}

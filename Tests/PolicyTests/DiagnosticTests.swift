import Foundation
import Policy
import PolicyFiles
import Testing

/// What operators are told of their mistakes: the cases in `Diagnostics`, word for word.
struct DiagnosticTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var policy: String
        var diagnostics: [String]

        var testDescription: String { name }
    }

    static let cases: [Case] = {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Diagnostics")
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        return files.sorted { $0.path < $1.path }.flatMap(cases(in:))
    }()

    private static func cases(in file: URL) -> [Case] {
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        return text.components(separatedBy: "\n=== ").dropFirst().map { section in
            let parts = section.components(separatedBy: "\n---\n")
            let lines = parts[0].split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
            let expected = parts.dropFirst().joined().split(separator: "\n").map(String.init)
            return Case(name: String(lines[0]), policy: String(lines[1]) + "\n", diagnostics: expected)
        }
    }

    @Test("every mistake is reported at its place", arguments: cases)
    func diagnostics(of example: Case) {
        let loaded = PolicyFile.load(text: example.policy, path: "policy.yaml", tryingPatterns: true)
        let found = loaded.diagnostics.map { $0.description.replacing("policy.yaml:", with: "") }
        #expect(found == example.diagnostics)
        #expect((loaded.set == nil) == loaded.diagnostics.containsErrors)
    }

    @Test("the cases are found")
    func casesExist() {
        #expect(Self.cases.count > 60)
        #expect(Self.cases.allSatisfy { !$0.diagnostics.isEmpty })
    }

    @Test("mistakes in several files are reported file by file, and names must be unique across them")
    func severalFiles() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let paths = ["b.yaml", "a.yaml", "c.yaml"].map { folder.appendingPathComponent($0).path }
        for path in paths.dropLast() {
            try "policy: p\nrules:\n  - { name: a, at: mail, then: { reject: 'No' } }\n"
                .write(toFile: path, atomically: true, encoding: .utf8)
        }
        let found = PolicyFile.load(paths).diagnostics.map { $0.description.replacing(folder.path + "/", with: "") }
        #expect(
            found == [
                "a.yaml:1:9: error: duplicate policy name `p`; the first one is at b.yaml:1:9",
                "a.yaml:3:13: error: the rule `a` can never be reached: `a` at b.yaml:3:13 always ends the stage `mail`",
                "c.yaml:1:1: error: cannot be read: no such file or directory",
            ]
        )
    }
}

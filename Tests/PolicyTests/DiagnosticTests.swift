import Foundation
import Policy
import PolicyFiles
import Testing

/// What operators are told of their mistakes: `Diagnostics/cases.txt`, word for word.
struct DiagnosticTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var policy: String
        var diagnostics: [String]

        var testDescription: String { name }
    }

    static let cases: [Case] = {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Diagnostics/cases.txt").path
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return text.components(separatedBy: "\n=== ").dropFirst().map { section in
            let parts = section.components(separatedBy: "\n---\n")
            let lines = parts[0].split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
            let expected = parts.dropFirst().joined().split(separator: "\n").map(String.init)
            return Case(name: String(lines[0]), policy: String(lines[1]) + "\n", diagnostics: expected)
        }
    }()

    @Test("every mistake is reported at its place", arguments: cases)
    func diagnostics(of example: Case) {
        let loaded = PolicyFile.load(text: example.policy, path: "policy.yaml")
        let found = loaded.diagnostics.map { $0.description.replacing("policy.yaml:", with: "") }
        #expect(found == example.diagnostics)
        #expect((loaded.set == nil) == loaded.diagnostics.containsErrors)
    }

    @Test("the cases are found")
    func casesExist() {
        #expect(Self.cases.count > 20)
        #expect(Self.cases.allSatisfy { !$0.diagnostics.isEmpty })
    }

    @Test("mistakes in several files are reported file by file, and names must be unique across them")
    func severalFiles() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let paths = ["b.yaml", "a.yaml", "c.yaml"].map { folder.appendingPathComponent($0).path }
        for path in paths.dropLast() {
            try "policy: p\nrules:\n  - { name: a, at: mail, then: { reject: No } }\n"
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

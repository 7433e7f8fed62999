import Foundation
import Policy
import Testing

@testable import PolicyFiles

/// The policies that come with Gatepost load without a word and pass their own tests.
struct ExamplePolicyTests {
    static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Policies").path

    static let paths = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
        .filter { $0.hasSuffix(".yaml") }.sorted().map { "\(folder)/\($0)" }

    /// What is said of a policy, save that it removes trace fields: it means to.
    private func remarks(_ loaded: LoadedPolicies) -> [String] {
        loaded.diagnostics.map(\.description).filter { !$0.contains("[RFC 5321, 4.4]") }
    }

    @Test("there are example policies")
    func policiesExist() {
        #expect(Self.paths.count >= 5)
    }

    @Test("an example policy loads without warnings, carries tests and passes them", arguments: paths)
    func passesItsTests(path: String) {
        let loaded = PolicyFile.load([path])
        #expect(remarks(loaded) == [])
        #expect(loaded.set != nil)
        let results = PolicyTestRunner.run(loaded.files)
        #expect(!results.isEmpty)
        #expect(results.flatMap(\.failures).map(\.description) == [])
    }

    @Test("every rule of the example policies is held by some test of its policy", arguments: paths)
    func rulesAreTested(path: String) {
        let loaded = PolicyFile.load([path])
        let fired = Set(PolicyTestRunner.run(loaded.files).flatMap { $0.outcome.fired.map(\.rule) })
        let rules = loaded.set?.summary.policies.flatMap { $0.rules.map(\.name) } ?? []
        #expect(rules.filter { !fired.contains($0) } == [])
    }

    @Test("all example policies load together")
    func loadTogether() {
        let loaded = PolicyFile.load(Self.paths)
        #expect(remarks(loaded) == [])
        let holding = loaded.set?.summary.policies.filter { $0.rules.contains(where: \.holdsMessage) }.map(\.name)
        #expect(holding == ["footer"])
    }
}

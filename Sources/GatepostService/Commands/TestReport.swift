import Policy
import PolicyFiles

/// What became of the tests that policies carry.
public struct TestReport: CommandReport {
    public let diagnostics: [Diagnostic]
    private let results: [PolicyTestResult]

    /// Runs the tests of policies, and of those that configurations name.
    public init(testing paths: [String]) {
        let files = OperatorFiles(paths)
        let loaded = files.configurations.map(\.policies) + [files.policies]
        diagnostics = files.configurations.flatMap(\.diagnostics) + files.policies.diagnostics
        results = diagnostics.containsErrors ? [] : loaded.flatMap { PolicyTestRunner.run($0.files) }
    }

    public var exitCode: ExitStatus {
        if diagnostics.containsErrors { return .configuration }
        return results.allSatisfy(\.passed) ? .success : .failure
    }

    public var text: String {
        guard !diagnostics.containsErrors else { return "" }
        return (results.filter { !$0.passed }.flatMap(lines) + [total]).map { "\($0)\n" }.joined()
    }

    private func lines(_ result: PolicyTestResult) -> [String] {
        ["\(result.test.location): failed: \(result.test.name)"]
            + result.failures.map { "  \($0)" }
            + ["  what happened: \(Self.story(result.outcome))"]
    }

    /// How a transaction went, on one line.
    private static func story(_ outcome: SimulatedOutcome) -> String {
        var story = outcome.verdict.rawValue
        if let stage = outcome.stage { story += " at \(stage)" }
        if let rule = outcome.rule { story += " by \(rule)" }
        if let reply = outcome.reply { story += " with `\(reply)`" }
        let fired = outcome.fired.map(\.description).joined(separator: ", ")
        return story + (fired.isEmpty ? "; no rule held" : "; rules that held: \(fired)")
    }

    private var total: String {
        let failed = results.count { !$0.passed }
        let policies = Set(results.map(\.test.path)).count
        let (tests, files) = (Plural.count(results.count, "test"), Plural.count(policies, "policy", "policies"))
        return "\(tests) of \(files): \(results.count - failed) passed, \(failed) failed"
    }

    // MARK: JSON

    private struct EncodedResult: Encodable {
        struct Failure: Encodable {
            let line: Int
            let column: Int
            let subject: String
            let expected: String
            let found: String
        }

        let file: String
        let line: Int
        let policy: String
        let name: String
        let passed: Bool
        let failures: [Failure]

        init(_ result: PolicyTestResult) {
            file = result.test.path
            line = result.test.location.line
            policy = result.test.policy
            name = result.test.name
            passed = result.passed
            failures = result.failures.map {
                Failure(
                    line: $0.location.line, column: $0.location.column, subject: $0.subject, expected: $0.expected,
                    found: $0.found
                )
            }
        }
    }

    private enum Key: CodingKey {
        case format, diagnostics, tests
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(JSONText.format, forKey: .format)
        try container.encode(diagnostics.map(EncodedDiagnostic.init), forKey: .diagnostics)
        try container.encode(results.map(EncodedResult.init), forKey: .tests)
    }
}

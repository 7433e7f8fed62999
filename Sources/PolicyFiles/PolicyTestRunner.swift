import Policy
import SMTPProtocol

/// Runs the tests that policies carry, each against the policy of its own file alone.
public enum PolicyTestRunner {
    /// The results of all tests of the files; empty for a policy that does not load.
    public static func run(_ files: [PolicyFile]) -> [PolicyTestResult] {
        files.flatMap { file in
            guard let set = PolicyCompiler.compile([file.source]).set else { return [PolicyTestResult]() }
            return file.tests.map { run($0, with: set) }
        }
    }

    /// The result of one test with a set of policies.
    public static func run(_ test: PolicyTest, with policies: PolicySet) -> PolicyTestResult {
        let outcome = test.given.run(policies)
        var failures = test.expectations.compactMap { PolicyTestJudge.judge($0, outcome) }
        // A pattern that gave up is never what a test means to show.
        failures += outcome.failures.map { failure in
            .init(location: test.location, subject: "evaluation", expected: "no failure", found: failure)
        }
        return PolicyTestResult(test: test, failures: failures, outcome: outcome)
    }
}

/// Holds what became of a transaction against what a test expects of it.
enum PolicyTestJudge {
    /// What is not as expected; nil when it is.
    static func judge(_ expectation: PolicyExpectation, _ outcome: SimulatedOutcome) -> PolicyTestResult.Failure? {
        func compare(_ subject: String, _ expected: String, _ found: String) -> PolicyTestResult.Failure? {
            if expected == found { return nil }
            return .init(location: expectation.location, subject: subject, expected: expected, found: found)
        }
        switch expectation.subject {
        case .verdict(let verdict):
            if outcome.verdict == verdict { return nil }
            return compare("verdict", verdict.rawValue, describe(outcome))
        case .stage(let stage):
            return compare("stage", stage.name, outcome.stage?.name ?? "no stage that decides")
        case .rules(let rules):
            return compare("rules", list(rules), list(outcome.fired.map(\.rule)))
        case .reply(let reply):
            let found = outcome.reply?.description ?? "no reply"
            return found.hasPrefix(reply) ? nil : compare("reply", "`\(reply)`", "`\(found)`")
        case .header(let name, let values):
            let header = outcome.header
            let found = header.map { section in section.indices(of: name).map { section.decodedValue(at: $0) } } ?? []
            return compare("header \(name)", list(values), list(found))
        case .attachments(let names):
            let found = outcome.passedOnStructure?.attachments.compactMap(\.names.first) ?? []
            return compare("attachments", list(names), list(found))
        case .body(let text):
            let found = outcome.passedOnStructure?.text.replacing("\r\n", with: "\n") ?? ""
            return found.contains(text) ? nil : compare("body", "a text with `\(text)`", "`\(found)`")
        case .tags(let tags):
            return compare("tags", list(tags.sorted()), list(outcome.tags.sorted()))
        case .hidden(let keywords):
            return compare("hidden", list(keywords.sorted()), list(outcome.hiddenKeywords.sorted()))
        case .sender(let sender):
            let found = outcome.sender.map { $0.mailbox?.description ?? "<>" }
            return compare("sender", "`\(sender)`", found.map { "`\($0)`" } ?? "no transaction")
        case .recipients(let recipients):
            return compare("recipients", list(recipients), list(outcome.acceptedRecipients.map { address($0) }))
        case .refusedRecipients(let recipients):
            return compare("refused", list(recipients), list(outcome.refusedRecipients.map { address($0.recipient) }))
        case .discardedRecipients(let recipients):
            return compare("discarded", list(recipients), list(outcome.discardedRecipients.map { address($0) }))
        case .delay(let delay):
            return compare("delay", DurationText.print(delay), DurationText.print(outcome.delay))
        case .log(let text):
            if outcome.logLines.contains(where: { $0.contains(text) }) { return nil }
            return compare("log", "a line with `\(text)`", list(outcome.logLines))
        }
    }

    /// The verdict with the reply and the rule, when there are any.
    private static func describe(_ outcome: SimulatedOutcome) -> String {
        var text = outcome.verdict.rawValue
        if let reply = outcome.reply { text += " `\(reply)`" }
        if let rule = outcome.rule { text += " by \(rule)" }
        return text
    }

    private static func address(_ recipient: ForwardPath) -> String {
        recipient.mailbox?.description ?? "postmaster"
    }

    private static func list(_ texts: [String]) -> String {
        texts.isEmpty ? "none" : texts.map { "`\($0)`" }.joined(separator: ", ")
    }
}

import Testing

@testable import Policy

/// Patterns that meet their limits: nothing that could have been refused passes in doubt.
struct FailureTests {
    /// A pattern and a text on which it takes exponential time.
    static let pattern = "^(([a-z])+.)+[A-Z]([a-z])+$"

    static var facts: Facts {
        var facts = Facts.example
        facts.header = headerSection("Subject: " + String(repeating: "a", count: 5000))
        return facts
    }

    @Test("a rule that could refuse makes its stage fail for now when it cannot be evaluated")
    func refusalFailsClosed() throws {
        let set = try policySet(rules: [
            "when: { header.subject: { matches: '\(Self.pattern)' } }, then: [{ tag: a }, { reject: 'no' }]",
            "at: header, then: { tag: b }",
        ])
        let outcome = set.evaluate(.header, Self.facts)
        #expect(outcome.decision.reply?.description == "451 4.3.0 Requested action aborted: local error in processing")
        #expect(outcome.tags == [])
        #expect(outcome.fired.isEmpty)
        #expect(outcome.failures.count == 1)
        #expect(outcome.failures.first?.description.hasPrefix("test/rule1: pattern `\(Self.pattern)`: ") == true)
    }

    @Test("a failure within `unless` or `none` is a failure of the rule", arguments: ["unless: {", "when: { none: [{"])
    func negationFailsClosed(opening: String) throws {
        let closing = opening.hasPrefix("when") ? "}] }" : "}"
        let set = try policySet(rules: [
            "\(opening) header.subject: { matches: '\(Self.pattern)' } \(closing), then: { reject: 'no' }"
        ])
        #expect(set.evaluate(.header, Self.facts).decision.reply?.code.rawValue == 451)
    }

    @Test(
        "a rule that cannot be evaluated and could not refuse is passed over",
        arguments: ["tag: a", "accept: true", "remove-header: Subject"])
    func editIsLeftOut(action: String) throws {
        let set = try policySet(rules: [
            "when: { header.subject: { matches: '\(Self.pattern)' } }, then: { \(action) }",
            "at: header, when: { listener: mx }, then: { tag: b }",
        ])
        let outcome = set.evaluate(.header, Self.facts)
        #expect(outcome.decision == .none)
        #expect(outcome.header == nil)
        #expect(outcome.tags == ["b"])
        #expect(outcome.failures.count == 1)
    }

    @Test("a rule in monitor mode never makes a stage fail")
    func monitorPasses() throws {
        let set = try policySet(rules: [
            "mode: monitor, when: { header.subject: { matches: '\(Self.pattern)' } }, then: { reject: 'no' }"
        ])
        let outcome = set.evaluate(.header, Self.facts)
        #expect(outcome.decision == .none)
        #expect(outcome.failures.count == 1)
    }

    @Test(
        "an edit whose pattern meets its limits is left out and reported",
        arguments: [
            "remove-header: { name: Subject, matches: '\(pattern)' }",
            "rewrite-header: { name: Subject, match: '\(pattern)', replace: b }",
        ])
    func failedEdit(action: String) throws {
        let set = try policySet(rules: ["then: [{ \(action) }, { tag: a }]"])
        let outcome = set.evaluate(.header, Self.facts)
        #expect(outcome.header == nil)
        #expect(outcome.tags == ["a"])
        #expect(outcome.failures.count == 1)
    }

    @Test(
        "a question without an answer does not matter beside one that decides",
        arguments: [
            ("when: { header.subject: { matches: 'PATTERN' }, listener: other }", false),
            ("when: { any: [{ header.subject: { matches: 'PATTERN' } }, { listener: mx }] }", true),
            ("unless: { header.subject: { matches: 'PATTERN' }, listener: other }", true),
            ("when: { none: [{ header.subject: { matches: 'PATTERN' } }, { listener: mx }] }", false),
        ]
    )
    func failureBesideAnAnswer(conditions: String, isRefused: Bool) throws {
        let set = try policySet(rules: [
            "at: header, \(conditions.replacing("PATTERN", with: Self.pattern)), then: { reject: 'no' }"
        ])
        let outcome = set.evaluate(.header, Self.facts)
        #expect(outcome.decision.reply?.code.rawValue == (isRefused ? 554 : nil))
        #expect(outcome.failures == [])
    }

    @Test("a greeting is never 451")
    func connectFailure() throws {
        let set = try policySet(rules: ["when: { listener: { matches: '\(Self.pattern)' } }, then: { reject: 'no' }"])
        var facts = Facts.example
        facts.listener = String(repeating: "a", count: 5000)
        #expect(set.evaluate(.connect, facts).decision.reply?.code.rawValue == 421)
    }
}

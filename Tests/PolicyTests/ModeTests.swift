import PolicyFiles
import Testing

@testable import Policy

/// `mode` on rules and on policies: the one that does less is in effect.
struct ModeTests {
    private func set(policy: String, rule: String) throws -> PolicySet {
        try policySet(
            """
            policy: test
            mode: \(policy)
            rules:
              - { name: watched, mode: \(rule), at: mail, then: [{ tag: seen }, { reject: 'no' }] }
            """
        )
    }

    @Test("a rule acts when neither its own mode nor its policy's keeps it from that", arguments: RuleMode.allCases)
    func modes(policy: RuleMode) throws {
        for rule in RuleMode.allCases {
            let set = try set(policy: policy.rawValue, rule: rule.rawValue)
            let outcome = set.evaluate(.mail, .example)
            let isOff = policy == .off || rule == .off
            let acts = policy == .enforce && rule == .enforce
            #expect(set.hasRules(at: .mail) == !isOff)
            #expect(outcome.fired.map(\.isMonitor) == (isOff ? [] : [!acts]))
            #expect((outcome.decision.reply != nil) == acts)
            #expect(outcome.tags == (acts ? ["seen"] : []))
            #expect(outcome.logLines.isEmpty == (isOff || acts))
            #expect(set.summary.policies.first?.rules.first?.mode == (isOff ? .off : acts ? .enforce : .monitor))
        }
    }

    @Test("a policy that is watched leaves the others to act, in their order")
    func severalPolicies() throws {
        let sources = try ["monitor", "enforce"].map { mode in
            try #require(
                PolicyFile.load(
                    text: """
                        policy: \(mode)
                        mode: \(mode)
                        rules: [{ name: a, at: mail, when: { listener: mx }, then: { reject: "no, says {policy}" } }]
                        """,
                    path: "\(mode).yaml"
                ).files.first
            ).source
        }
        let set = try #require(PolicyCompiler.compile(sources).set)
        let outcome = set.evaluate(.mail, .example)
        #expect(outcome.fired.map(\.description) == ["monitor/a", "enforce/a"])
        #expect(outcome.decision.reply?.text == "no, says enforce")
        #expect(outcome.logLines == ["monitor/a (monitor) would have done reject 550 5.7.1 no, says monitor"])
    }
}

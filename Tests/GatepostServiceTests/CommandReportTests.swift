import Foundation
import Testing

@testable import GatepostService

@Suite struct CommandReportTests {
    private static let policy = """
        policy: trial
        lists: { ours: [example.com] }
        rules:
          - name: no-strangers
            when: { sender.domain: { not-in: ours } }
            then: { reject: 550 5.7.1 Not you }
          - name: mark
            when: { header.subject: { contains: urgent } }
            then: { add-header: { X-Mark: "{header.subject}" } }
        tests:
          - name: strangers are refused
            given: { sender: a@example.net, recipients: [b@example.com] }
            expect: { verdict: reject, rules: [no-strangers] }

        """

    private static func folder(_ text: String = policy) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write("trial.yaml", text)
        return folder
    }

    @Test func checkSummarisesWhatIsFit() throws {
        let folder = try Self.folder()
        try folder.write(
            "gatepost.yaml",
            """
            hostname: mx.example.com
            listeners: [{ name: mx, address: 127.0.0.1:25, upstream: mail }]
            upstreams: { mail: { servers: [10.0.0.5:25] } }
            policies: trial.yaml

            """
        )
        let report = CheckReport(checking: [folder.path("gatepost.yaml")])
        #expect(report.exitCode == .success)
        #expect(
            report.text.replacing(folder.path(""), with: "") == """
                gatepost.yaml: a configuration
                  hostname  mx.example.com
                  listener  mx              127.0.0.1:25 -> 10.0.0.5:25
                trial.yaml: policy `trial`, 2 rules, 1 test
                  mail    no-strangers  reject
                  header  mark          add-header
                  list    ours          1 entry

                """
        )
        let json = try JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any]
        let configurations = try #require(json?["configurations"] as? [[String: Any]])
        #expect(configurations.first?["hostname"] as? String == "mx.example.com")
    }

    @Test func checkNamesEveryMistakeOfEveryFile() throws {
        let folder = try Self.folder("policy: trial\nrulez: []\n")
        try folder.write("gatepost.yaml", "listeners: 5\n")
        let report = CheckReport(checking: [
            folder.path("trial.yaml"), folder.path("gatepost.yaml"), folder.path("none"),
        ])
        #expect(report.exitCode == .configuration)
        #expect(report.text.isEmpty)
        let files = Set(report.diagnostics.map { $0.location.file.replacing(folder.path(""), with: "") })
        #expect(files == ["trial.yaml", "gatepost.yaml", "none"])
        #expect(report.json.contains("unknown key `rulez`; did you mean `rules`?"))
    }

    @Test func checkWarnsOfListenersThatTheConfigurationLacks() throws {
        let folder = try Self.folder(
            """
            policy: trial
            rules:
              - { name: a, when: { listener: [mx, submision] }, then: { tag: a } }
              - { name: b, when: { listener: { not-in: [inside] } }, then: { tag: b } }
              - { name: c, mode: off, when: { listener: nowhere }, then: { tag: c } }
              - { name: d, when: { message.size: { over: 5 } }, then: { set-header: { X-Large: large } } }

            """
        )
        try folder.write(
            "gatepost.yaml",
            """
            listeners:
              - { name: mx, address: 127.0.0.1:25, upstream: mail }
              - { name: submission, address: 127.0.0.1:587, upstream: mail }
            upstreams: { mail: { servers: [10.0.0.5:25] } }
            policies: trial.yaml

            """
        )
        let report = CheckReport(checking: [folder.path("gatepost.yaml")])
        #expect(report.exitCode == .success)
        #expect(
            report.diagnostics.map { $0.description.replacing(folder.path(""), with: "") } == [
                "trial.yaml:3:39: warning: the configuration has no listener `submision`; did you mean `submission`?",
                "trial.yaml:4:45: warning: the configuration has no listener `inside`",
            ])
        #expect(report.text.contains("  message  d  set-header  (holds the message)\n"))
        #expect(CheckReport(checking: [folder.path("trial.yaml")]).diagnostics.isEmpty)
    }

    @Test func aConfigurationInThePlaceOfAPolicyIsOneMistake() throws {
        let folder = try TemporaryFolder()
        try folder.write("gatepost.yaml", "listeners: []\nupstreams: {}\nlimits: 5\n")
        let report = ExplainReport(ExplainRequest(), policies: [folder.path("gatepost.yaml")])
        #expect(report.exitCode == .configuration)
        #expect(report.diagnostics.map(\.message) == ["this is a configuration; expected a policy"])
    }

    @Test func testCountsWhatPassed() throws {
        let folder = try Self.folder()
        let report = TestReport(testing: [folder.path("trial.yaml")])
        #expect(report.exitCode == .success)
        #expect(report.text == "1 test of 1 policy: 1 passed, 0 failed\n")
    }

    @Test func testNamesWhatFailedWithExpectedAndFound() throws {
        let folder = try Self.folder(Self.policy.replacing("verdict: reject", with: "verdict: accept"))
        let report = TestReport(testing: [folder.path("trial.yaml")])
        #expect(report.exitCode == .failure)
        let lines = report.text.replacing(folder.path(""), with: "").split(separator: "\n")
        #expect(lines.first == "trial.yaml:11:11: failed: strangers are refused")
        #expect(
            lines.dropFirst().first
                == "  trial.yaml:13:24: verdict: expected accept, found reject `550 5.7.1 Not you` by trial/no-strangers"
        )
        #expect(lines.last == "1 test of 1 policy: 0 passed, 1 failed")
        #expect(report.json.contains(#""passed" : false"#))
    }

    @Test func explainTellsWhyEachRuleHeldOrNot() throws {
        let folder = try Self.folder()
        var request = ExplainRequest()
        try request.set(client: "192.0.2.1")
        try request.set(sender: "<someone@example.com>", parameters: ["BODY=8BITMIME"])
        try request.add(recipient: "b@example.com")
        request.set(message: Array("Subject: urgent matter\nX: y\n\nbody\n".utf8))
        let report = ExplainReport(request, policies: [folder.path("trial.yaml")])
        #expect(report.exitCode == .success)
        let text = report.text.replacing(folder.path(""), with: "")
        #expect(text.contains("    trial/no-strangers (trial.yaml:4): not held\n"))
        #expect(text.contains("  * trial/mark (trial.yaml:7): held\n"))
        #expect(text.contains("verdict: accept: no rule decided, the upstream does\n"))
        #expect(text.hasSuffix("header section:\n  + X-Mark: urgent matter\n    (2 unchanged)\n"))
    }

    @Test func explainTakesNamesAndRepetitionsFromTheCommandLineAlone() throws {
        let folder = try TemporaryFolder()
        try folder.write(
            "p.yaml",
            """
            policy: p
            rules:
              - { name: named, when: { client.name: a.example }, then: { log: "{client.reverse-name}" } }
              - { name: pace, when: { rate: { of: client.address, over: 2/1h } }, then: { reject: Slow down } }

            """
        )
        var request = ExplainRequest()
        try request.set(clientName: "a.example", reverse: "b.example")
        try request.set(repetitions: 2)
        let allowed = ExplainReport(request, policies: [folder.path("p.yaml")])
        #expect(allowed.exitCode == .success)
        #expect(allowed.text.contains("not `rate` of `client.address` over `2/1h`: it is `2`\n"))
        #expect(allowed.text.contains("log: p/named: b.example\n"))
        try request.set(repetitions: 3)
        #expect(ExplainReport(request, policies: [folder.path("p.yaml")]).exitCode == .failure)
        #expect(throws: UsageError.self) { try request.set(repetitions: 0) }
        #expect(throws: UsageError.self) { try request.set(clientName: "a b", reverse: nil) }
    }

    @Test func explainEndsWithOneWhenTheTransactionIsRefused() throws {
        var request = ExplainRequest()
        try request.set(sender: "a@example.net", parameters: [])
        try request.add(recipient: "postmaster")
        let folder = try Self.folder()
        let report = ExplainReport(request, policies: [folder.path("trial.yaml")])
        #expect(report.exitCode == .failure)
        #expect(report.text.contains("verdict: reject at mail by trial/no-strangers\nreply: 550 5.7.1 Not you\n"))
        #expect(report.json.contains(#""decidedBy" : "trial/no-strangers""#))
    }

    @Test func explainWithAFaultyPolicyIsAConfigurationError() throws {
        let report = ExplainReport(ExplainRequest(), policies: ["/nowhere/x.yaml"])
        #expect(report.exitCode == .configuration)
        #expect(report.diagnostics.count == 1)
        #expect(report.text.isEmpty)
    }

    @Test func optionsOfExplainAreChecked() {
        var request = ExplainRequest()
        #expect(throws: UsageError.self) { try request.set(client: "somewhere") }
        #expect(throws: UsageError.self) { try request.set(sender: "no mailbox", parameters: []) }
        #expect(throws: UsageError.self) { try request.set(sender: "<>", parameters: ["="]) }
        #expect(throws: UsageError.self) { try request.add(recipient: "<>") }
        #expect(throws: UsageError.self) { try request.set(command: "PLEASE help") }
        #expect(throws: UsageError.self) { try request.set(messageFile: "/nowhere/x") }
    }

    @Test(
        arguments: [
            (["a", "b", "c"], ["a", "b", "c"], []),
            (["a", "b", "c"], ["a", "x", "c"], ["  (1 unchanged)", "- b", "+ x", "  (1 unchanged)"]),
            ([], ["a"], ["+ a"]),
            (["a", "b"], [], ["- a", "- b"]),
            (["a", "b"], ["b", "c"], ["- a", "  (1 unchanged)", "+ c"]),
        ] as [([String], [String], [String])])
    func differencesAreShownLineByLine(before: [String], after: [String], shown: [String]) {
        #expect(LineDiff(from: before, to: after).changedLines == shown)
    }
}

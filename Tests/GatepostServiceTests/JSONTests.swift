import Foundation
import Testing

@testable import GatepostService

/// What `--json` prints has the keys that the reference names, and no others.
@Suite struct JSONTests {
    private static let policy = """
        policy: trial
        description: A trial.
        lists: { ours: [example.com], unused: [a] }
        rules:
          - { name: strangers, at: recipient, when: { sender.domain: { not-in: ours } }, then: { reject: Not you } }
          - { name: mark, when: { header.subject: urgent }, then: [{ add-header: { X-A: b } }, { tag: a }] }
        tests:
          - { name: wrong, given: { sender: a@example.net, recipients: b@example.com }, expect: { verdict: accept } }

        """
    private static let configuration = """
        listeners: [{ name: mx, address: 127.0.0.1:25, upstream: mail }]
        upstreams: { mail: { servers: [10.0.0.5:25] } }
        policies: trial.yaml

        """

    private static func folder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write("trial.yaml", policy)
        try folder.write("gatepost.yaml", configuration)
        return folder
    }

    /// The keys of a value and of what is in it, with dots between them.
    private static func keys(_ value: Any, below path: String = "") -> Set<String> {
        switch value {
        case let object as [String: Any]:
            object.reduce(into: []) { keys, entry in
                let place = path.isEmpty ? entry.key : "\(path).\(entry.key)"
                keys.insert(place)
                keys.formUnion(Self.keys(entry.value, below: place))
            }
        case let values as [Any]: Set(values.flatMap { Self.keys($0, below: path) })
        default: []
        }
    }

    private static func keys(of report: some CommandReport) throws -> Set<String> {
        keys(try JSONSerialization.jsonObject(with: Data(report.json.utf8)))
    }

    /// The keys that the page names for a command.
    private static func documented(_ command: String) throws -> Set<String> {
        let page = try MarkdownPage("Documentation/json.md")
        let rows = page.rows(under: "key of all") + page.rows(under: "key of `\(command)`")
        return Set(rows.map { $0[0].filter { $0 != "`" && $0 != "?" } })
    }

    @Test func checkPrintsWhatTheReferenceNames() throws {
        let folder = try Self.folder()
        let report = CheckReport(checking: [folder.path("trial.yaml"), folder.path("gatepost.yaml")])
        #expect(report.exitCode == .success)
        let found = try Self.keys(of: report).filter { !$0.hasPrefix("configurations.policies.") }
        #expect(found == (try Self.documented("check")))
    }

    @Test func testPrintsWhatTheReferenceNames() throws {
        let folder = try Self.folder()
        let report = TestReport(testing: [folder.path("trial.yaml")])
        #expect(report.exitCode == .failure)
        #expect(try Self.keys(of: report) == (try Self.documented("test")))
    }

    @Test func explainPrintsWhatTheReferenceNames() throws {
        let folder = try Self.folder()
        var request = ExplainRequest()
        try request.set(sender: "a@example.com", parameters: [])
        try request.add(recipient: "b@example.com")
        request.set(message: Array("Subject: urgent\n\nbody\n".utf8))
        var found = try Self.keys(of: ExplainReport(request, policies: [folder.path("trial.yaml")]))
        try request.set(sender: "a@example.net", parameters: [])
        found.formUnion(try Self.keys(of: ExplainReport(request, policies: [folder.path("trial.yaml")])))
        try folder.write("foot.yaml", "policy: f\nrules:\n  - { name: a, then: { append-text: foot } }\n")
        let parts = "--b\nContent-Type: text/plain; charset=utf-8\nContent-Disposition: inline\n\nbody\n"
        request.set(message: Array("Content-Type: multipart/mixed; boundary=b\n\n\(parts)".utf8))
        found.formUnion(try Self.keys(of: ExplainReport(request, policies: [folder.path("foot.yaml")])))
        #expect(found == (try Self.documented("explain")))
    }

    @Test func aMistakeIsOneObject() throws {
        let folder = try TemporaryFolder()
        try folder.write("trial.yaml", "policy: p\nrulez: []\n")
        let report = CheckReport(checking: [folder.path("trial.yaml")])
        let json = try JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any]
        let mistakes = try #require(json?["diagnostics"] as? [[String: Any]])
        let last = try #require(mistakes.last)
        #expect(json?["format"] as? Int == 1)
        #expect(last["line"] as? Int == 2)
        #expect(last["column"] as? Int == 1)
        #expect(last["severity"] as? String == "error")
        #expect(last["message"] as? String == "unknown key `rulez`; did you mean `rules`?")
    }
}

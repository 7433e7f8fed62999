import Foundation
import Policy
import Testing

@testable import PolicyFiles

/// The tests that policies carry, and what is said when they fail.
struct PolicyTestRunnerTests {
    private func failures(_ test: String, rules: String = defaultRules) -> [String] {
        let text = "policy: p\nrules:\n\(rules)tests:\n  - name: t\n    \(test)\n"
        let loaded = PolicyFile.load(text: text, path: "p.yaml")
        #expect(loaded.diagnostics.map(\.description) == [])
        return PolicyTestRunner.run(loaded.files).flatMap(\.failures).map {
            "\($0.subject): \($0.expected) / \($0.found)"
        }
    }

    private static let defaultRules = """
          - { name: seen, when: { client.address: 192.0.2.1 }, then: [{ tag: seen }, { log: "from {client.address}" }] }
          - { name: offer, then: { hide: DSN } }
          - { name: nobody, when: { recipient.local: nobody }, then: { reject: "550 5.1.1 No {recipient}" } }
          - { name: note, when: { header.subject: hello }, then: { add-header: { X-Note: "1" } } }
          - { name: night, at: mail, when: { time.hour: { under: 6 } }, then: { defer: 450 4.7.1 Come back by day } }
          - { name: pace, when: { recipient.local: fast, rate: { of: client.address, over: 2/1m } }, then: { defer: Wait } }
          - { name: nameless, when: { client.address: 192.0.2.9, client.name: { exists: false } }, then: { reject: "No {client.reverse-name}" } }
          - { name: old, when: { recipient.domain: old.example }, then: [{ set-recipient: x@new.example }, { delay: 1s }] }
          - { name: trap, when: { recipient.local: trap }, then: discard }
          - { name: bounce, when: { sender: list@a.example }, then: { set-sender: <> } }
          - { name: probe, when: { command: VRFY, command.argument: root }, then: { reply: 252 2.5.0 Perhaps } }

        """

    @Test(
        "an expectation that is met is no failure",
        arguments: [
            "{ given: { client: 192.0.2.1 }, expect: { verdict: accept, rules: [seen], tags: seen, log: from 192.0.2.1 } }",
            "{ given: { helo: a.example }, expect: { hidden: dsn, rules: offer } }",
            "{ given: { recipients: [nobody@a.example, b@a.example] }, expect: { verdict: accept, refused: nobody@a.example } }",
            "{ given: { recipients: nobody@a.example }, expect: { verdict: reject, stage: recipient, reply: 550 5.1.1 No nobody@a.example } }",
            "{ given: { message: 'Subject: hello' }, expect: { header: { X-Note: '1', X-Other: , subject: [hello] } } }",
            "{ given: { sender: <>, time: { hour: 3, weekday: sunday } }, expect: { verdict: defer, reply: '450' } }",
            "{ given: { command: vrfy  root }, expect: { verdict: reply, stage: command, reply: '252' } }",
            "{ given: { recipients: fast@a.example, repeat: 2 }, expect: { verdict: accept } }",
            "{ given: { recipients: fast@a.example, repeat: 3 }, expect: { verdict: defer, rules: [offer, pace] } }",
            "{ given: { recipients: fast@a.example, repeat: { times: 9, every: 30s } }, expect: { verdict: accept } }",
            "{ given: { client: 192.0.2.9 }, expect: { verdict: reject, reply: 554 5.7.1 No } }",
            "{ given: { client: 192.0.2.9, client-name: a.example }, expect: { verdict: accept } }",
            "{ given: { client: 192.0.2.9, client-reverse-name: a.example }, expect: { reply: 554 5.7.1 No a.example } }",
            "{ given: { command: VRFY }, expect: { verdict: accept } }",
            "{ given: { recipients: [a@old.example, b@a.example] }, expect: { recipients: [x@new.example, b@a.example], delay: 1s } }",
            "{ given: { recipients: [trap@a.example, b@a.example] }, expect: { discarded: trap@a.example, recipients: b@a.example } }",
            "{ given: { recipients: trap@a.example }, expect: { verdict: discard, stage: recipient, recipients: [] } }",
            "{ given: { sender: list@a.example }, expect: { sender: <>, delay: 0s } }",
            "{ given: { sender: a@a.example }, expect: { sender: a@a.example, discarded: [] } }",
        ]
    )
    func met(test: String) {
        #expect(failures(String(test.dropFirst(2).dropLast(2)).replacing(", expect:", with: "\n    expect:")) == [])
    }

    @Test("an expectation that is not met names what was expected and what was found")
    func notMet() {
        let test = """
            given: { client: 192.0.2.1, recipients: nobody@a.example }
                expect:
                  verdict: accept
                  stage: mail
                  rules: [seen, nobody]
                  reply: 550 5.1.2
                  tags: [other]
                  hidden: []
                  refused: []
                  sender: <>
                  recipients: b@a.example
                  discarded: b@a.example
                  delay: 1m
                  log: absent
                  header: { Subject: hello }
            """
        #expect(
            failures(test) == [
                "verdict: accept / reject `550 5.1.1 No nobody@a.example` by p/nobody",
                "stage: mail / recipient",
                "rules: `seen`, `nobody` / `seen`, `offer`, `nobody`",
                "reply: `550 5.1.2` / `550 5.1.1 No nobody@a.example`",
                "tags: `other` / `seen`",
                "hidden: none / `DSN`",
                "refused: none / `nobody@a.example`",
                "sender: `<>` / `sender@client.example`",
                "recipients: `b@a.example` / none",
                "discarded: `b@a.example` / none",
                "delay: 1m / 0ms",
                "log: a line with `absent` / `p/seen: from 192.0.2.1`",
                "header Subject: `hello` / none",
            ]
        )
    }

    @Test("a failure stands at the place of the expectation")
    func place() {
        let text =
            "policy: p\nrules: [{ name: a, then: { log: a } }]\ntests:\n  - name: t\n    given: {}\n    expect: { verdict: reject }\n"
        let results = PolicyTestRunner.run(PolicyFile.load(text: text, path: "p.yaml").files)
        #expect(
            results.flatMap(\.failures).map(\.description) == ["p.yaml:6:24: verdict: expected reject, found accept"]
        )
        #expect(results.map(\.passed) == [false])
    }

    @Test("a test runs against the policy of its own file alone")
    func ownPolicyAlone() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let first = folder.appendingPathComponent("first.yaml").path
        let second = folder.appendingPathComponent("second.yaml").path
        try "policy: a\nrules: [{ name: a, at: mail, when: { sender: <> }, then: { reject: 'No' } }]\n"
            .write(toFile: first, atomically: true, encoding: .utf8)
        try """
        policy: b
        lists: { known: { file: known.txt } }
        rules: [{ name: b, when: { sender.domain: { in: known } }, then: { log: a } }]
        tests:
          - { name: t, given: { sender: <> }, expect: { verdict: accept, rules: [] } }
          - { name: u, given: { sender: a@sub.example.org }, expect: { rules: [b] } }
          - { name: v, given: { message: { file: mail.eml } }, expect: { header: { Subject: hello } } }
        """.write(toFile: second, atomically: true, encoding: .utf8)
        try "# domains\nexample.com # ours\r\n\n  .example.org\n"
            .write(to: folder.appendingPathComponent("known.txt"), atomically: true, encoding: .utf8)
        try "Subject: hello\r\n\r\nHello.\r\n"
            .write(to: folder.appendingPathComponent("mail.eml"), atomically: true, encoding: .utf8)
        let loaded = PolicyFile.load([first, second])
        #expect(loaded.diagnostics.map(\.description) == [])
        #expect(PolicyTestRunner.run(loaded.files).flatMap(\.failures).map(\.description) == [])
        #expect(loaded.set?.summary.policies.map(\.name) == ["a", "b"])
        #expect(loaded.set?.summary.policies.last?.lists == [.init(name: "known", count: 2)])
    }

    @Test("the entries of a list file stand at their places")
    func listFile() {
        let text = "one\n\n# two\n\t three # four\n a#b\r\nfive\u{fffd}"
        let list = ListText(Array(text.utf8) + [0xff], path: "l")
        let entries = Array(ListEntries.lines(list))
        #expect(entries.map { "\($0.location): \($0.value)" } == ["l:1:1: one", "l:4:3: three", "l:5:2: a#b"])
        #expect(list.count == 3)
        #expect(list.diagnostics.map(\.description) == ["l:6:1: error: not valid UTF-8"])
    }

    @Test("of a file that is no text the first lines are named and the others counted")
    func binaryListFile() {
        let list = ListText((0..<1000).flatMap { _ in [0xff, UInt8(ascii: "\n")] }, path: "l")
        #expect(list.count == 0)
        #expect(list.diagnostics.map(\.location.line) == Array(1...10) + [10])
        #expect(list.diagnostics.last?.message == "990 more lines below are not valid UTF-8")
        #expect(ListText([], path: "l").count == 0)
    }

    @Test("entries of a list file that do not fit are named with their places, all at once")
    func unfitEntries() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("p.yaml").path
        try """
        policy: p
        lists: { nets: { file: nets.txt } }
        rules: [{ name: a, when: { client.address: { in: nets } }, then: { reject: refused } }]
        """.write(toFile: path, atomically: true, encoding: .utf8)
        let lines =
            ["192.0.2.0/24", " 10.0.0.1/8 # bits behind the prefix", "2001:db8::/32"] + (0..<20).map { "x\($0)" }
        try lines.joined(separator: "\n")
            .write(to: folder.appendingPathComponent("nets.txt"), atomically: true, encoding: .utf8)
        let diagnostics = PolicyFile.load([path]).diagnostics
        #expect(diagnostics.map(\.location.line) == [2] + Array(4...13))
        #expect(diagnostics.first?.location.column == 2)
        #expect(
            diagnostics.first?.message.hasPrefix("`10.0.0.1/8` in the list `nets` does not fit `client.address`")
                == true)
        #expect(diagnostics.last?.message == "11 more entries of the list `nets` do not fit `client.address`")
    }
}

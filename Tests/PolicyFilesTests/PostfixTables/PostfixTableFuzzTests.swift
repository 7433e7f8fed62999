import Policy
import Testing

@testable import PolicyFiles

/// Whatever a table holds, it becomes a policy that loads, or errors with their places.
@Suite struct PostfixTableFuzzTests {
    private static let pieces = [
        "/a/", "!", "~(b)~i", "/^Subject: (.*)/", "if ", "endif", "\n", "\n", "\n", " ", "\t", "#", "REJECT", " DUNNO",
        " $1",
        "${1}", "$(", "$$", "{", "}", "'", "\"", "\\", "/", "(?", "[", "]", "*", "4.7.1", " 550 no", " PREPEND X-A: $1",
        " REPLACE ", "X: ", " IGNORE", " WARN", "a@b.example", "@", ".example", "10.1", "<>", "::", "ü", "\u{0}",
        "\u{85}", "\r",
        "\u{2028}", ": ", "- ", "&a", "%",
    ]

    private static func table(_ generator: inout SystemRandomNumberGenerator) -> String {
        (0..<Int.random(in: 1...25, using: &generator)).map { _ in pieces.randomElement(using: &generator)! }.joined()
    }

    private static func check(_ policy: PostfixImport, _ table: String) {
        if policy.text.isEmpty {
            #expect(policy.diagnostics.containsErrors, "\(table.debugDescription)")
        } else {
            #expect(!policy.diagnostics.containsErrors, "\(table.debugDescription)")
            let errors = PolicyFile.load(text: policy.text, path: "p").diagnostics.filter(\.isError)
            #expect(errors == [], "\(table.debugDescription)")
        }
        // What the operator wrote is to blame, and not what was made of it.
        let own = policy.diagnostics.filter { $0.message.hasPrefix("the policy made of") }
        #expect(own == [], "\(table.debugDescription)")
    }

    @Test func `header checks`() {
        var generator = SystemRandomNumberGenerator()
        for round in 0..<1500 {
            let table = Self.table(&generator)
            let type: PostfixTableType = round % 2 == 0 ? .pcre : .regexp
            Self.check(PostfixHeaderChecks.policy(ofText: table, type: type, path: "t"), table)
        }
    }

    @Test func `access tables`() {
        var generator = SystemRandomNumberGenerator()
        for round in 0..<1500 {
            let table = Self.table(&generator)
            let subject = PostfixAccessSubject.allCases[round % 4]
            let type = PostfixTableType.allCases[round % 3]
            Self.check(PostfixAccess.policy(ofText: table, type: type, for: subject, path: "t"), table)
        }
    }
}

import Policy
import Testing

@testable import PolicyFiles

/// Tables of header_checks(5) as policies. What Postfix itself makes of such tables is asked in the interoperability
/// suite.
@Suite struct PostfixHeaderChecksTests {
    private func imported(_ table: String, _ type: PostfixTableType = .pcre) -> PostfixImport {
        PostfixHeaderChecks.policy(ofText: table, type: type, path: "t")
    }

    /// The verdict of the policy on a message, and its rules that hold.
    private func judge(_ table: String, _ header: String, type: PostfixTableType = .pcre) throws -> SimulatedOutcome {
        let policy = imported(table, type)
        #expect(policy.diagnostics.filter(\.isError) == [])
        let set = try #require(PolicyFile.load(text: policy.text, path: "p").set)
        var transaction = SimulatedTransaction()
        transaction.sender = .null
        transaction.recipients = [.init(.postmaster)]
        transaction.message = SimulatedMessage(text: header + "\n\ntext\n")
        return transaction.run(set)
    }

    @Test(arguments: [
        ("/^Subject: a/ REJECT", "550 5.7.1 message content rejected"),
        ("/^Subject: a/ REJECT 5.6.0 No {a}", "550 5.6.0 No {a}"),
        ("/^Subject: a/ reject 4.7.1 Later", "451 4.7.1 Later"),
        ("/^Subject: (a)(x)?/ REJECT [$1${1}$(2)] $$5", "550 5.7.1 [aa] $5"),
        ("/^Subject: a/ 554 5.7.9 No", "554 5.7.9 No"),
        ("/^Subject: a/\n # between\n\n  REJECT Two\n\tlines", "550 5.7.1 Two lines"),
        ("~^Subject:\\s+A~i REJECT no", nil),
        ("/^subject: A/ REJECT", "550 5.7.1 message content rejected"),
        ("/b  c/x REJECT", "550 5.7.1 message content rejected"),
        ("/ject/A REJECT", nil),
        ("!/^Subject:/ REJECT", nil),
        ("if /^To:/\n/a/ REJECT\nendif", nil),
        ("IF !/^To:/\nif /^Sub/\n/bc$/ REJECT\nendif\nENDIF", "550 5.7.1 message content rejected"),
        ("/abc/ DUNNO\n/a/ REJECT", nil),
        ("/abd/ DUNNO\n/a/ REJECT", "550 5.7.1 message content rejected"),
        ("if /a/\n/b/ OK\nendif\n/c/ REJECT", nil),
        ("/x/ HOLD\n/a/ REJECT", "550 5.7.1 message content rejected"),
        ("/a/ HOLD\n/b/ REJECT", nil),
    ])
    func `one field meets the first entry that is for it`(table: String, reply: String?) throws {
        #expect(try judge(table, "Subject: abc").reply?.description == reply)
    }

    @Test(arguments: [
        ("/^(Subject|From): a/!/abd/ REJECT", "550 5.7.1 message content rejected"),
        ("/a/!/c/ REJECT", nil),
        ("/\\(a\\)/x REJECT", "550 5.7.1 message content rejected"),
        ("/^Subject: [[:alpha:]]{3}$/ REJECT", "550 5.7.1 message content rejected"),
    ])
    func `tables of POSIX`(table: String, reply: String?) throws {
        #expect(try judge(table, "Subject: abc", type: .regexp).reply?.description == reply)
    }

    @Test(arguments: [
        ("/^X-A:/ IGNORE", "B: 2\nX-C: 3\n"),
        ("/^X-/ STRIP gone", "B: 2\n"),
        ("/^X-A: (.*)/ REPLACE X-A: <$1>", "X-A: <1>\nB: 2\nX-C: 3\n"),
        ("/^(X-)(.): (.*)/ REPLACE $(1)Z$2: $3", "X-ZA: 1\nB: 2\nX-ZC: 3\n"),
        ("/^B: (.)/ PREPEND D: $1", "D: 2\nX-A: 1\nB: 2\nX-C: 3\n"),
        ("/^X-A:/ DUNNO\n/^X-/ IGNORE", "X-A: 1\nB: 2\n"),
        ("/^X-A:/ REPLACE X-B: 9\n/^X-B:/ IGNORE", "X-B: 9\nB: 2\nX-C: 3\n"),
    ])
    func `edits`(table: String, header: String) throws {
        let outcome = try judge(table, "X-A: 1\nB: 2\nX-C: 3")
        let passedOn = outcome.passedOn.map { String(buffer: $0) }?.replacing("\r\n", with: "\n")
        #expect(passedOn == header + "\ntext\n")
    }

    @Test func `a message is discarded`() throws {
        let outcome = try judge("/^B:/ DISCARD $$ tired of it", "A: 1\nB: 2")
        #expect(outcome.verdict == .discard)
        #expect(outcome.logLines == ["t/line-1: discard: $ tired of it"])
    }

    @Test func `folding is kept in what is searched and not in what is written`() throws {
        let table = "/^Subject: a b/ REJECT unfolded\n/^(Subject: a)\\n( b)/ REPLACE $1$2 c"
        let outcome = try judge(table, "Subject: a\n b")
        #expect(outcome.verdict == .accept)
        #expect(outcome.header?.rawValue(at: 0) == "a b c")
    }

    @Test func `what is not carried over is told and stands at its place`() {
        let policy = imported("/a/ HOLD\n/b/ FILTER x:y\n/c/ WHAT\n/d/ PREPEND no field\n/(e)/ $1\n")
        let messages = policy.diagnostics.map(\.description)
        #expect(messages.map { String($0.prefix(27)) } == (1...5).map { "t:\($0):1: warning: not carried" })
        #expect(policy.text.components("# Not carried over:") == 5)
        #expect(policy.text.contains("rules: []"))
    }

    @Test(arguments: [
        ("/a REJECT", "t:1:1: error: the pattern has no closing delimiter `/`"),
        (
            "/a/q REJECT",
            "t:1:4: error: unknown option `q` of a pattern; expected `i`, `m`, `s`, `x`, `A`, `E`, `U`, then white space"
        ),
        ("/(a/ REJECT", "t:1:1: error: pattern `(a` does not compile: missing closing parenthesis (at offset 2)"),
        ("/a/", "t:1:4: error: the pattern has no result"),
        ("/a/ REJECT $1", "t:1:5: error: `$1` stands for nothing: the pattern has no such group"),
        ("!/(a)/ REJECT $1", "t:1:8: error: `$1` of a pattern that is not found stands for nothing"),
        ("/(a)/ REJECT $x", "t:1:14: error: `$x` is not the number of a group; a dollar sign is written `$$`"),
        ("/(a)/ REJECT ${1", "t:1:14: error: `$` with a brace that is not closed; a dollar sign is written `$$`"),
        ("if /a/\n/b/ OK", "t:1:4: error: IF without its ENDIF"),
        ("endif", "t:1:1: error: ENDIF without its IF"),
        (
            "if /a/\n /b/ OK\nendif",
            "t:2:2: error: text behind IF, which Postfix ignores; a line that begins with white space goes on the one before"
        ),
        ("abc", "t:1:1: error: expected a pattern between delimiters, IF or ENDIF"),
        (
            " /a/ OK",
            "t:1:1: error: the first line must not begin with white space: there is no line that it could go on"
        ),
    ])
    func `what is malformed is an error at its place`(table: String, message: String) {
        let policy = imported(table)
        #expect(policy.diagnostics.map(\.description) == [message])
        #expect(policy.text.isEmpty)
    }

    @Test func `a policy of a table reads like one that was written`() {
        let table = "# Spam.\n/^Subject: (make) money/ REJECT Not \"$1\", it's\n/^X-Internal:/ IGNORE\n"
        let lines = imported(table).text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(
            lines.drop { $0 != "rules:" }.joined(separator: "\n") == #"""
                rules:

                  # Spam.
                  # /^Subject: (make) money/ REJECT Not "$1", it's
                  - name: line-2
                    when:
                      headers.field:
                        matches: '(?is)^Subject: (make) money'
                    then:
                      - reject: '550 5.7.1 Not "{match.1}", it''s'

                  # /^X-Internal:/ IGNORE
                  - name: line-3
                    when:
                      headers.field:
                        matches: '(?is)^X-Internal:'
                    then:
                      - remove-header:
                          field: '(?is)^X-Internal:'

                """#
        )
    }
}

extension String {
    fileprivate func components(_ text: String) -> Int { ranges(of: text).count }
}

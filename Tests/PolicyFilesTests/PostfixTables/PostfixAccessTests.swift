import Policy
import SMTPProtocol
import Testing

@testable import PolicyFiles

/// Tables of access(5) as policies.
@Suite struct PostfixAccessTests {
    private static let senders = """
        # a table of postmap
        spammer@example.net   REJECT
        example.org  550 5.7.9 Go {away} $1
        good.example.org OK
        dunno@good.example.org DUNNO
        <>  REJECT no bounces
        abuse@  DEFER
        vip.example DUNNO
        low.vip.example 421 Bye
        number.example 550
        """

    private func run(
        _ table: String,
        _ subject: PostfixAccessSubject,
        _ type: PostfixTableType = .hash,
        parentsMatch: Bool = true,
        _ change: (inout SimulatedTransaction) -> Void
    ) throws -> SimulatedOutcome {
        let policy = PostfixAccess.policy(
            ofText: table, type: type, for: subject, parentsMatch: parentsMatch, path: "t")
        #expect(policy.diagnostics.filter(\.isError) == [])
        let set = try #require(PolicyFile.load(text: policy.text, path: "p").set)
        var transaction = SimulatedTransaction()
        transaction.helo = HeloArgument("client.example")
        change(&transaction)
        return transaction.run(set)
    }

    @Test(arguments: [
        ("spammer@example.net", "554 5.7.1 <spammer@example.net>: Sender address rejected: Access denied"),
        ("Spammer@EXAMPLE.net", "554 5.7.1 <Spammer@EXAMPLE.net>: Sender address rejected: Access denied"),
        ("other@example.net", nil),
        ("a@example.org", "550 5.7.9 <a@example.org>: Sender address rejected: Go {away} $1"),
        ("a@sub.example.org", "550 5.7.9 <a@sub.example.org>: Sender address rejected: Go {away} $1"),
        ("a@good.example.org", nil),
        ("a@very.good.example.org", nil),
        ("dunno@good.example.org", nil),
        ("", "554 5.7.1 <>: Sender address rejected: no bounces"),
        ("abuse@anywhere.example", "450 4.7.1 <abuse@anywhere.example>: Sender address rejected: Access denied"),
        ("abuse@vip.example", nil),
        ("x@low.vip.example", "421 4.7.1 <x@low.vip.example>: Sender address rejected: Bye"),
        ("x@number.example", nil),
    ])
    func `keys are asked for in the order of Postfix`(sender: String, reply: String?) throws {
        let outcome = try run(Self.senders, .sender) {
            $0.sender = sender.isEmpty ? .null : Mailbox(sender).map(ReversePath.mailbox)
        }
        #expect(outcome.reply?.description == reply)
    }

    @Test(arguments: [("example.org", false), ("a.example.org", true), ("b.a.example.org", true)])
    func `with dotted subdomains a domain stands for itself alone`(domain: String, isRefused: Bool) throws {
        let outcome = try run(".example.org REJECT\nexample.com REJECT", .helo, parentsMatch: false) {
            $0.helo = HeloArgument(domain)
        }
        #expect((outcome.verdict == .reject) == isRefused)
        let other = try run("example.com REJECT", .helo, parentsMatch: false) {
            $0.helo = HeloArgument("a.example.com")
        }
        #expect(other.verdict == .accept)
    }

    @Test(arguments: [
        ("192.0.2.1", nil), ("192.0.2.7", "554"), ("192.0.3.1", "450"), ("10.9.9.9", nil), ("192.1.1.1", nil),
        ("2001:db8:1::5", "554"), ("2001:db8:2::5", nil),
    ])
    func `networks are asked for from the longest to the shortest`(client: String, code: String?) throws {
        let table = "192.0 DEFER\n192.0.2 REJECT\n192.0.2.1 DUNNO\n10 OK\n2001:db8:1 REJECT"
        let outcome = try run(table, .client) { $0.clientAddress = IPAddress(client) }
        #expect(outcome.reply.map { "\($0.code)" } == code)
    }

    @Test func `a header field is added for whom it is meant for`() throws {
        let table = "vip.example PREPEND X-Vip: yes\nexample REJECT"
        let outcome = try run(table, .sender) {
            $0.sender = Mailbox("a@vip.example").map(ReversePath.mailbox)
            $0.recipients = [.init(.postmaster)]
            $0.message = SimulatedMessage(text: "Subject: x\n\ny\n")
        }
        #expect(outcome.verdict == .accept)
        #expect(outcome.header?.indices(of: "X-Vip").count == 1)
    }

    @Test(arguments: [
        ("", "554 5.7.1 <>: Sender address rejected: null"),
        ("bob@example.net", "554 5.7.1 <bob@example.net>: Sender address rejected: bob is out"),
        ("list-owner@example.net", nil),
        ("Ann@example.net", nil),
    ])
    func `patterns see the null sender under its name`(sender: String, reply: String?) throws {
        let table = "/^<>$/ REJECT null\n/^list-/ DUNNO\n/^ann@/ OK\n/^(.*)@/ REJECT $1 is out\n/.*/ REJECT never"
        let outcome = try run(table, .sender, .pcre) {
            $0.sender = sender.isEmpty ? .null : Mailbox(sender).map(ReversePath.mailbox)
        }
        #expect(outcome.reply?.description == reply)
    }

    @Test(arguments: [
        ("example DISCARD", PostfixAccessSubject.sender, SimulatedOutcome.Verdict.discard, ["user@example.org"]),
        ("example REDIRECT post@example.org", .sender, .accept, ["post@example.org"]),
        ("example BCC post@example.org", .sender, .accept, ["user@example.org", "post@example.org"]),
        ("user@ REDIRECT post@example.org", .recipient, .accept, ["post@example.org"]),
        ("user@ DISCARD", .recipient, .discard, []),
        ("198.51.100 DISCARD", .client, .discard, ["user@example.org"]),
        ("198.51.100 REDIRECT no one", .client, .accept, ["user@example.org"]),
    ])
    func `the envelope is edited`(
        table: String, subject: PostfixAccessSubject, verdict: SimulatedOutcome.Verdict, recipients: [String]
    ) throws {
        let outcome = try run(table, subject) {
            $0.clientAddress = IPAddress("198.51.100.1")
            $0.sender = Mailbox("ann@client.example").map(ReversePath.mailbox)
            $0.recipients = [.init(.mailbox(Mailbox("user@example.org")!))]
        }
        #expect(outcome.verdict == verdict)
        #expect(
            verdict == .discard
                || outcome.acceptedRecipients.map(\.description).sorted() == recipients.map { "<\($0)>" }.sorted())
    }

    @Test func `many keys become a list`() {
        let table = (1...50).map { "d\($0).example REJECT\n" }.joined()
        let policy = PostfixAccess.policy(ofText: table, type: .hash, for: .sender, path: "t")
        #expect(policy.text.contains("lists:"))
        #expect(policy.text.contains("sender.domain: { in: line-1-1 }"))
        #expect(policy.diagnostics == [])
    }

    @Test(arguments: [
        ("a.example HOLD", "t:1:1: warning: not carried over: Gatepost keeps no queue that mail could wait in"),
        (
            "a.example reject_unauth_destination",
            "t:1:1: warning: not carried over: `REJECT_UNAUTH_DESTINATION` is a restriction of Postfix"
        ),
        (
            ".a.example OK",
            "t:1:1: warning: not carried over: Postfix never asks for `.a.example`, because a domain stands for its subdomains there"
        ),
        ("a.example 550", "t:1:11: warning: Postfix takes a number alone for OK"),
        (
            "a.example OK\nA.example REJECT",
            "t:2:1: warning: `A.example` stands further up; Postfix keeps the first result"
        ),
        ("a.example", "t:1:10: error: the key `a.example` has no result"),
        ("\"a.example OK", "t:1:1: error: the quotes around the key are not closed"),
    ])
    func `what is lost or wrong is told`(table: String, message: String) {
        let policy = PostfixAccess.policy(ofText: table, type: .hash, for: .sender, path: "t")
        #expect(policy.diagnostics.map(\.description) == [message])
    }
}

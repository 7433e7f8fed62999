import NIOCore
import Policy
import PolicyFiles
import RelayCore
import SMTPProtocol
import Testing
import TranscriptKit

/// What a session remembers, records and gives back, beside what its peers hear.
@Suite struct SessionStateTests {
    private func play(_ text: String, budget: HoldBudget = HoldBudget(octets: 1_000_000)) throws -> CoreStage {
        let transcript = try Transcript(name: "session", text: text)
        let policies = try transcript.loadPolicies()
        var settings = try transcript.relaySettings(policies: policies)
        settings.holdBudget = budget
        var stage = CoreStage(settings: settings, policies: policies)
        let differences = try TranscriptPlayer.play(transcript, on: &stage)
        #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
        return stage
    }

    private static let startingTLS = """
        upstream tls: required
        C< 220 mx.example.com ESMTP
        C> EHLO client.example
        ! we connect
        U< 220 up.example ESMTP
        U> EHLO mx.example.com
        U< 250-up.example
        U< 250 STARTTLS
        U> STARTTLS
        U< 220 2.0.0 Ready

        """

    /// Who stands between us and the upstream may send a piece of a reply behind the 220, in a read of its own: what the
    /// upstream says once it is encrypted must not go on with it.
    @Test func aReplyBegunInClearDoesNotGoOnEncrypted() throws {
        let stage = try play(Self.startingTLS)
        stage.upstreamSays(Array("250-AUTH PLAIN\r\n".utf8))
        #expect(stage.event(.upstreamClosed))
    }

    private static let chunk = """
        upstream offers: PIPELINING CHUNKING
        @ready
        @mail <a@example.net> <b@example.com>
        @data
        C> Subject: x
        C>
        C> .
        U> BDAT 14 LAST
        U> Subject: x
        U>
        U> RSET

        """

    /// Replies too many, in one read with what is said to the message and to the RSET behind it.
    @Test(arguments: [
        ("250 Ok\r\n250 Ok\r\n", TransactionRecord.Verdict.accepted),
        ("250 Ok\r\n250 Ok\r\n250 Ok\r\n", .accepted),
        ("250 Ok\r\n250 Ok\r\n554 5.7.1 Not wanted\r\n250 Ok\r\n", .ambiguous),
        ("250 Ok\r\n554 5.7.1 Not wanted\r\n250 Ok\r\n", .ambiguous),
        ("554 5.7.1 Not wanted\r\n250 Ok\r\n", .rejected),
    ])
    func aRefusalBehindRepliesTooManyIsHeard(said: String, verdict: TransactionRecord.Verdict) throws {
        let stage = try play(Self.chunk)
        stage.upstreamSays(Array(said.utf8))
        #expect(stage.records.map(\.verdict) == [verdict])
    }

    /// A 250 may have been too many, and the answer to the message be the one that does not come.
    @Test func anUpstreamThatIsSilentBehindItsAnswerLeavesItOpen() throws {
        let stage = try play(Self.chunk)
        stage.upstreamSays(Array("250 2.0.0 Ok\r\n".utf8))
        for _ in 0..<100 where stage.records.isEmpty { #expect(stage.event(.timePasses)) }
        #expect(stage.records.map(\.verdict) == [.ambiguous])
    }

    @Test func whatEndsBehindItsAnswerIsOnRecordAsEncrypted() throws {
        let stage = try play(
            Self.startingTLS + """
                ! upstream completes the handshake
                U> EHLO mx.example.com
                U< 250-up.example
                U< 250-PIPELINING
                U< 250 CHUNKING
                C< 250-mx.example.com
                C< 250-PIPELINING
                C< 250 SIZE 52428800
                @mail <a@example.net> <b@example.com>
                @data
                C> Subject: x
                C>
                C> .
                U> BDAT 14 LAST
                U> Subject: x
                U>
                U> RSET
                U< 250 2.0.0 Ok: queued
                ! upstream closes
                ! we close upstream
                C< 250 2.0.0 Ok: queued

                """
        )
        #expect(stage.records.map(\.verdict) == [.accepted])
        #expect(stage.records.last?.upstreamEncryption != nil)
    }

    private static let holding = """
        policy:
          policy: test
          rules:
            - name: mark
              when: { message.size: { over: 20 } }
              then: { add-header: { X-Large: "yes" } }
            - name: away
              when: { message.size: { over: 1000 } }
              then: { disconnect: Go away }

        """

    @Test(arguments: [
        "C> .\nC< 421 4.7.0 Go away (ID)\n! we close client\nU> QUIT\n",
        "C> \\*2000,0123456789*\nC> .\nC< 421 4.7.0 Go away (ID)\n! we close client\nU> QUIT\n",
        "! client closes\nU> QUIT\n",
        "C> a\\nb\nU> RSET\nC> .\nC< 550 5.6.11 Message has bare CR or LF (ID)\n",
        "! upstream closes\nC> .\nC< 451 4.4.2 Connection to the mail server was lost, try again later (ID)\n",
        "! shutdown now\nC< 421 4.3.2 Service is shutting down, try again later (ID)\n! we close client\nU> QUIT\n",
    ])
    func whatIsHeldIsGivenBack(_ ending: String) throws {
        let budget = HoldBudget(octets: 1_000_000)
        let begin = "@ready\n@mail <a@example.net> <b@example.com>\n@data\nC> Subject: x\nC>\nC> \\*200,0123456789*\n"
        let stage = try play(Self.holding + begin + ending, budget: budget)
        #expect(budget.inUse == 0)
        #expect(stage.records.count == 1)
    }

    @Test func aMailRefusedInAPipelineIsRecordedOnce() throws {
        let stage = try play(
            """
            @ready
            C> MAIL FROM:<a@example.net>
            C> RCPT TO:<b@example.com>
            C> DATA
            U> MAIL FROM:<a@example.net>
            U> RCPT TO:<b@example.com>
            U< 550 5.7.1 Go away
            U< 503 5.5.1 Need MAIL
            C< 550 5.7.1 Go away
            C< 503 5.5.1 Need MAIL
            C< 503 5.5.1 Bad sequence of commands (ID)
            C> QUIT
            C< 221 2.0.0 Bye
            U> QUIT
            """
        )
        #expect(stage.records.map(\.verdict) == [.rejected])
        #expect(stage.records.map(\.stage) == [.mail])
    }

    @Test func aShutdownBehindAPipelineThatWasRefusedEndsTheSession() throws {
        _ = try play(
            """
            @ready
            C> MAIL FROM:<a@example.net>
            C> RCPT TO:<b@example.com>
            U> MAIL FROM:<a@example.net>
            U> RCPT TO:<b@example.com>
            U< 550 5.7.1 Go away
            U< 503 5.5.1 Need MAIL
            C< 550 5.7.1 Go away
            C< 503 5.5.1 Need MAIL
            ! shutdown
            C< 421 4.3.2 Service is shutting down, try again later (ID)
            U> QUIT
            """
        )
    }

    @Test(arguments: [
        "! shutdown now\nC< 421 4.3.2 Service is shutting down, try again later (ID)\n! we close upstream\n",
        "! client closes\n! shutdown now\n! we close upstream\n",
    ])
    func aShutdownThatWaitsNoLongerBehindTheDotIsRecorded(_ ending: String) throws {
        let stage = try play(
            "@ready\n@mail <a@example.net> <b@example.com>\n@data\nC> Subject: x\nC>\nC> .\n@start\n"
                + "U> Subject: x\nU>\nU> .\n" + ending
        )
        #expect(stage.records.map(\.verdict) == [.ambiguous])
    }

    @Test func aRefusedHelloChangesNothing() throws {
        let stage = try play(
            """
            policy:
              policy: test
              rules:
                - name: bad
                  when: { helo: bad.example }
                  then: { reject: 550 5.7.1 Not you }

            @ready
            C> EHLO bad.example
            C< 550 5.7.1 Not you (ID)
            @mail <a@example.net> <b@example.com>
            C> RSET
            U> RSET
            C< 250 2.0.0 Ok
            """
        )
        #expect(stage.session.facts.helo?.text == "client.example")
        #expect(stage.records.map { $0.helo?.text } == ["bad.example", "client.example"])
    }

    @Test func tagsOfAnEarlierHelloAreGone() throws {
        let stage = try play(
            """
            policy:
              policy: test
              rules:
                - name: good
                  when: { helo: good.example }
                  then: { tag: good }
                - name: any
                  then: { tag: any }
                  at: connect

            C> HELO good.example
            C< 220 mx.example.com ESMTP
            C< 250 mx.example.com
            C> HELO other.example
            C< 250 mx.example.com
            """
        )
        #expect(stage.session.facts.tags == ["any"])
    }

    @Test func anUpstreamThatDidNotDrainIsForgottenWithItsConnection() throws {
        let stage = try play("pace: 0\n@ready\n@mail <a@example.net> <b@example.com>\n@data\nC> Subject: x\n")
        stage.deliver(.upstreamWritable(false))
        #expect(stage.nextDeadline == stage.now.nanoseconds + Nanoseconds.minutes(5).value)
        stage.deliver(.upstreamClosed)
        #expect(stage.nextDeadline == stage.now.nanoseconds + Nanoseconds.minutes(10).value)
    }

    @Test func aClientIsNotTooSlowWhileTheUpstreamDoesNotDrain() throws {
        let stage = try play(
            "@ready\n@mail <a@example.net> <b@example.com>\n@data\nC> Subject: x\nC>\nC> \\*2000,0123456789*\n"
                + "@start\nU> Subject: x\nU>\nU> \\*2000,0123456789*\n"
        )
        stage.deliver(.upstreamWritable(false))
        for _ in 0..<4 {
            stage.advance(by: .seconds(61))
            stage.deliver(.deadline)
            #expect(stage.clientHears() == nil)
        }
        stage.deliver(.upstreamWritable(true))
        stage.advance(by: .seconds(61))
        stage.deliver(.deadline)
        #expect(stage.clientHears() == nil)
        stage.advance(by: .seconds(61))
        stage.deliver(.deadline)
        #expect(stage.clientHears()?.hasPrefix("421 4.4.2") == true)
    }

    /// The deadline is for the reply, not for its next octet.
    @Test func anUpstreamThatDripsAReplyIsSilent() throws {
        let stage = try play("@ready\nC> MAIL FROM:<a@example.net>\nU> MAIL FROM:<a@example.net>\n")
        let deadline = stage.nextDeadline
        stage.advance(by: .minutes(4))
        stage.upstreamSays(Array("250".utf8))
        #expect(stage.nextDeadline == deadline)
    }

    /// The final dot had eleven minutes; QUIT has not.
    @Test func aQuitIsNotWaitedForAsLongAsAFinalReply() throws {
        let stage = try play(
            "@ready\n@mail <a@example.net> <b@example.com>\n@data\nC> Subject: x\nC>\nC> .\n@start\n"
                + "U> Subject: x\nU>\nU> .\n! client closes\nU< 250 2.0.0 Ok\nU> QUIT\n"
        )
        #expect(stage.nextDeadline == stage.now.nanoseconds + 30_000_000_000)
    }

    @Test func aSpentBudgetIsA452() throws {
        let begin = "@ready\n@mail <a@example.net> <b@example.com>\n@data\nC> Subject: x\nC>\nC> \\*200,0123456789*\n"
        let budget = HoldBudget(octets: 100)
        let stage = try play(
            Self.holding + begin + "U> RSET\nC> .\n"
                + "C< 452 4.3.1 No room to hold the message now, try again later (ID)\n",
            budget: budget
        )
        #expect(budget.inUse == 0)
        #expect(stage.records.map(\.verdict) == [.deferred])
    }

    @Test(arguments: [(OwnReply.overloaded, "421 4.3.2"), (.tooManyFromClient, "421 4.7.0")])
    func whoIsTurnedAwayHearsWhy(_ reply: OwnReply, _ code: String) {
        var session = RelaySession(settings: RelaySettings(hostname: "mx.example.com"), identifier: "0000000001")
        session.handle(.turnedAway(reply), at: Moment(nanoseconds: 1))
        #expect(String(buffer: session.output.toClient).hasPrefix(code))
        #expect(session.output.actions.contains { if case .closeClient = $0 { true } else { false } })
    }

    @Test func aMessageThatComesOctetByOctetArrives() throws {
        let stage = try play("@ready\n@mail <a@example.net> <b@example.com>\n@data\nC> Subject: x\nC>\n")
        stage.pieceSize = 1
        stage.clientSays(Array((String(repeating: "x", count: 9000) + "\r\n.\r\n").utf8))
        #expect(stage.upstreamHears() == "DATA")
        stage.upstreamSays(Array("354 Go ahead\r\n".utf8))
        #expect(stage.upstreamHears() == "Subject: x")
        #expect(stage.upstreamHears() == "")
        #expect(stage.upstreamHears() == String(repeating: "x", count: 9000))
    }

    private static let editing = """
        policy:
          policy: test
          rules:
            - name: sender
              when: { sender.local: old }
              then: { set-sender: new@example.net }
            - name: copy
              when: { recipient.local: [b, c] }
              then: { add-recipient: archive@example.org }
            - name: renamed
              when: { recipient.local: [c, e] }
              then: { set-recipient: d@example.com }
            - name: trap
              when: { recipient.local: trap }
              then: discard
            - name: gone
              when: { recipient.local: gone }
              then: drop-recipient
            - name: wait
              when: { recipient.local: gone }
              then: { delay: 3s }
            - name: worm
              when: { header.subject: worm }
              then: discard

        @ready

        """

    @Test func aRecordTellsWhatWasAskedAndWhatWasSent() throws {
        let stage = try play(
            Self.editing + """
                C> MAIL FROM:<old@example.net>
                U> MAIL FROM:<new@example.net>
                U< 250 2.1.0 Ok
                C< 250 2.1.0 Ok
                C> RCPT TO:<b@example.com>
                C> RCPT TO:<c@example.com>
                C> RCPT TO:<e@example.com>
                C> RCPT TO:<trap@example.com>
                C> RCPT TO:<gone@example.com>
                U> RCPT TO:<archive@example.org> NOTIFY=NEVER
                U< 250 2.1.5 Ok
                U> RCPT TO:<b@example.com>
                U> RCPT TO:<d@example.com>
                U< 250 2.1.5 Ok
                U< 250 2.1.5 Ok
                C< 250 2.1.5 Ok
                C< 250 2.1.5 Ok
                C< 250 2.1.5 Ok
                C< 250 2.1.5 Ok
                ! time passes
                C< 250 2.1.5 Ok
                @data
                C> Subject: x
                C> .
                @start
                U> Subject: x
                U> .
                U< 250 2.0.0 Queued
                C< 250 2.0.0 Queued
                """
        )
        let record = try #require(stage.records.first)
        #expect(stage.records.count == 1)
        #expect(record.verdict == .accepted)
        #expect(record.sender?.description == "<old@example.net>")
        #expect(record.sentSender?.description == "<new@example.net>")
        #expect(
            record.recipients.map(\.description) == ["<archive@example.org>", "<b@example.com>", "<d@example.com>"]
        )
        func path(_ text: String) throws -> ForwardPath { try #require(ForwardPath(text)) }
        let trap = RuleReference(policy: "test", rule: "trap")
        #expect(
            Set(record.edits) == [
                .added(try path("archive@example.org")),
                .replaced(try path("c@example.com"), by: try path("d@example.com")),
                .merged(try path("e@example.com"), with: try path("d@example.com")),
                .discarded(try path("trap@example.com"), trap), .dropped(try path("gone@example.com")),
            ]
        )
        #expect(record.editCount == 5)
        #expect(record.delay == .seconds(3))
        #expect(record.rules.map(\.rule) == ["sender", "copy", "copy", "renamed", "renamed", "trap", "gone", "wait"])
    }

    @Test func anAdditionThatIsRefusedIsRecordedWithItsReply() throws {
        let stage = try play(
            Self.editing + """
                @mail <a@example.net>
                C> RCPT TO:<b@example.com>
                U> RCPT TO:<archive@example.org> NOTIFY=NEVER
                U< 452 4.2.2 Full
                C< 451 4.3.0 Recipient cannot be taken now, try again later (ID)
                C> QUIT
                C< 221 2.0.0 Bye
                U> QUIT
                """
        )
        let record = try #require(stage.records.first)
        #expect(record.verdict == .abandoned)
        #expect(record.refused.map(\.recipient.description) == ["<archive@example.org>", "<b@example.com>"])
        #expect(record.refused.map(\.reply.code.rawValue) == [452, 451])
    }

    @Test(arguments: [
        (
            "@mail <a@example.net> <x@example.com>\n@data\nC> Subject: worm\nC>\nU> RSET\nU< 250 2.0.0 Ok\nC> .\n",
            Stage.header, "worm", 17
        ),
        (
            "@mail <a@example.net>\nC> RCPT TO:<trap@example.com>\nC< 250 2.1.5 Ok\n@data\n"
                + "U> RSET\nU< 250 2.0.0 Ok\nC> a\nC> .\n",
            .recipient, "trap", 3
        ),
    ])
    func whatIsDiscardedIsAlwaysRecorded(_ text: String, stage: Stage, rule: String, octets: Int) throws {
        let records = try play(Self.editing + text + "C< 250 2.0.0 Ok\n").records
        #expect(records.map(\.verdict) == [.discarded])
        #expect(records.map(\.stage) == [stage])
        #expect(records.map(\.source) == [.policy])
        #expect(records.first?.rules.last?.rule == rule)
        #expect(records.first?.octets == octets)
        #expect(records.first?.reply?.code == .ok)
    }
}

import NIOCore
import Policy
import PolicyFiles
import RelayCore
import SMTPProtocol
import Testing
import TranscriptKit

/// A message that a rule needs whole and that is larger than the memory for it.
@Suite struct SpoolTests {
    private static let marking = """
        held: 20000
        policy:
          policy: test
          rules:
            - name: mark
              when: { message.size: { over: 20 } }
              then: { add-header: { X-Large: "yes" } }
            - name: away
              when: { message.size: { over: 700000 } }
              then: { disconnect: Go away }

        """
    private static let envelope = "@ready\n@mail <a@example.net> <b@example.com>\n@data\nC> Subject: x\nC>\n"
    /// Three writes and what is left over.
    private static let content = "C> \\*20000,0123456789*\n"

    private let quota = HoldBudget(octets: 1_000_000)
    private let memory = HoldBudget(octets: 100_000)

    private func stage(_ text: String, prepare: (CoreStage) -> Void = { _ in }) throws -> CoreStage {
        let transcript = try Transcript(name: "spool", text: Self.marking + text)
        let policies = try transcript.loadPolicies()
        var settings = try transcript.relaySettings(policies: policies)
        settings.holdBudget = memory
        settings.spoolBudget = quota
        var stage = CoreStage(settings: settings, policies: policies)
        stage.pieceSize = 16_384
        prepare(stage)
        try play(transcript, &stage)
        return stage
    }

    private func play(_ transcript: Transcript, _ stage: inout CoreStage) throws {
        let differences = try TranscriptPlayer.play(transcript, on: &stage)
        #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
    }

    private func play(_ text: String, _ stage: inout CoreStage) throws {
        try play(Transcript(name: "spool", text: text), &stage)
    }

    private func expectNothingIsLeft(_ stage: CoreStage) {
        #expect(quota.inUse == 0)
        #expect(memory.inUse == 0)
        #expect(!stage.spool.isOpen)
    }

    // MARK: Nothing is left behind

    @Test(arguments: [
        "C> .\n@start\nU> X-Large: yes\nU> Subject: x\nU>\nU> \\*20000,0123456789*\nU> .\nU< 250 2.0.0 Ok\n"
            + "C< 250 2.0.0 Ok\n",
        "C> .\nU> DATA\nU< 452 4.2.2 Full\nC< 452 4.2.2 Full\nU> RSET\n",
        "C> .\nU> DATA\n! client closes\n! we close upstream\n",
        "C> .\nU> DATA\n! upstream closes\nC< 451 4.4.2 Connection to the mail server was lost, try again later (ID)\n",
        "C> \\*60000,0123456789*\nC> .\nC< 421 4.7.0 Go away (ID)\n! we close client\nU> QUIT\n",
        "! client closes\nU> QUIT\n",
        "C> a\\nb\nU> RSET\nC> .\nC< 550 5.6.11 Message has bare CR or LF (ID)\n",
        "! upstream closes\nC> .\nC< 451 4.4.2 Connection to the mail server was lost, try again later (ID)\n",
        "! shutdown now\nC< 421 4.3.2 Service is shutting down, try again later (ID)\n! we close client\nU> QUIT\n",
        "! time passes\n! time passes\nC< 421 4.4.2 The message comes too slowly (ID)\n! we close client\nU> QUIT\n",
    ])
    func whatIsSpooledIsForgotten(_ ending: String) throws {
        let stage = try stage(Self.envelope + Self.content + ending)
        #expect(stage.spool.writes >= 2)
        #expect(stage.records.count == 1)
        expectNothingIsLeft(stage)
    }

    @Test func whatIsReadBackIsForgottenWhenSomebodyLeaves() throws {
        let endings = [
            ("! client closes\n! we close upstream\n", TransactionRecord.Verdict.abandoned),
            (
                "! upstream closes\nC< 451 4.4.2 Connection to the mail server was lost, try again later (ID)\n",
                .deferred
            ),
            (
                "! shutdown now\nC< 421 4.3.2 Service is shutting down, try again later (ID)\n! we close client\n"
                    + "! we close upstream\n", .abandoned
            ),
        ]
        for (ending, verdict) in endings {
            var stage = try stage(Self.envelope + Self.content + "C> .\nU> DATA\n")
            stage.spool.isSlow = true
            try play("U< 354 Go ahead\nU> X-Large: yes\nU> Subject: x\nU>\n", &stage)
            #expect(stage.spool.waiting != nil)
            try play(ending, &stage)
            #expect(stage.records.map(\.verdict) == [verdict])
            expectNothingIsLeft(stage)
        }
    }

    // MARK: Failures

    @Test func aFullDiskIsA452() throws {
        let stage = try stage(
            Self.envelope + Self.content + "U> RSET\nU< 250 2.0.0 Ok\nC> .\n"
                + "C< 452 4.3.1 No room to hold the message now, try again later (ID)\n"
                + "@mail <a@example.net> <b@example.com>\n"
        ) { $0.spool.capacity = 100_000 }
        #expect(stage.records.map(\.verdict) == [.deferred])
        #expect(stage.records.first?.detail == "no space left on device")
        #expect(stage.notes.contains(.spoolFailed("no space left on device")))
        expectNothingIsLeft(stage)
    }

    /// A message that is not read back whole must not look like one: no dot, and the connection ends.
    @Test(arguments: [true, false], [0, 1, 50_000, 131_071])
    func whatCannotBeReadBackHasNoEnd(_ failsReading: Bool, _ readable: Int) throws {
        var stage = try stage(Self.envelope + Self.content + "C> .\nU> DATA\n") {
            $0.spool.failsReading = failsReading
            $0.spool.readable = readable
        }
        try play(
            "U< 354 Go ahead\nU> X-Large: yes\nU> Subject: x\nU>\n! we close upstream\n"
                + "C< 451 4.3.0 The message cannot be held now, try again later (ID)\n",
            &stage
        )
        #expect(stage.records.map(\.verdict) == [.deferred])
        expectNothingIsLeft(stage)
        try play("C> NOOP\nC< 250 2.0.0 Ok\n", &stage)
    }

    @Test(arguments: [false, true])
    func aSpoolThatDoesNotAnswerIsNotWaitedForForever(_ isReading: Bool) throws {
        let reply = "C< 451 4.3.0 The message cannot be held now, try again later (ID)\n"
        var stage = try stage(Self.envelope) { $0.spool.isSlow = !isReading }
        if isReading {
            try play(Self.content + "C> .\nU> DATA\n", &stage)
            stage.spool.isSlow = true
            let heard = "U> X-Large: yes\nU> Subject: x\nU>\n"
            try play("U< 354 Go ahead\n\(heard)! time passes\n! we close upstream\n\(reply)", &stage)
        } else {
            try play(Self.content + "! time passes\nU> RSET\nU< 250 2.0.0 Ok\nC> .\n\(reply)", &stage)
        }
        expectNothingIsLeft(stage)
    }

    // MARK: Bounds

    @Test func aClientIsNotReadWhileTheSpoolWrites() throws {
        let stage = try stage(Self.envelope) { $0.spool.isSlow = true }
        stage.pieceSize = 8192
        stage.clientSays(Array(repeating: UInt8(ascii: "x"), count: 66_000))
        #expect(!stage.wantsClientBytes)
        let before = stage.bufferedClientOctets
        stage.clientSays(Array(repeating: UInt8(ascii: "x"), count: 8192))
        #expect(stage.bufferedClientOctets == before + 8192)
        stage.answerSpool()
        #expect(stage.wantsClientBytes)
        #expect(stage.bufferedClientOctets < 8192)
        #expect(stage.spool.largestWrite < 32 * 1024 + 8192)
    }

    @Test func nothingIsReadBackWhileTheUpstreamDoesNotDrain() throws {
        var stage = try stage(Self.envelope + Self.content + "C> .\nU> DATA\n")
        stage.spool.isSlow = true
        try play("U< 354 Go ahead\nU> X-Large: yes\nU> Subject: x\nU>\n", &stage)
        stage.deliver(.upstreamWritable(false))
        stage.answerSpool()
        #expect(stage.spool.waiting == nil)
        stage.deliver(.upstreamWritable(true))
        #expect(stage.spool.waiting != nil)
        stage.spool.isSlow = false
        stage.answerSpool()
        try play("U> \\*20000,0123456789*\nU> .\n", &stage)
    }

    @Test func messagesThatNoRuleNeedsWholeAreStreamed() throws {
        let transcript = try Transcript(
            name: "spool", text: Self.envelope + Self.content + "@start\nU> Subject: x\nU>\nU> \\*20000,0123456789*\n")
        var settings = try transcript.relaySettings(policies: .empty)
        settings.spoolBudget = quota
        settings.limits.held = 0
        var stage = CoreStage(settings: settings)
        try play(transcript, &stage)
        #expect(stage.spool.writes == 0)
    }

    @Test func whereTheMemoryOfAllIsUsedUpTheSpoolBegins() throws {
        let transcript = try Transcript(name: "spool", text: Self.marking + Self.envelope + Self.content)
        let policies = try transcript.loadPolicies()
        var settings = try transcript.relaySettings(policies: policies)
        settings.limits.held = 1 << 20
        settings.holdBudget = HoldBudget(octets: 0)
        settings.spoolBudget = quota
        var stage = CoreStage(settings: settings, policies: policies)
        stage.pieceSize = 16_384
        try play(transcript, &stage)
        #expect(stage.spool.writes > 1)
    }

    // MARK: Content

    /// What the upstream hears does not depend on where the message was held, nor on how it came.
    @Test(arguments: [0, 1, 5000, 70_000, 1 << 20], [61, 16_384, 1 << 20])
    func contentRulesDoNotSeeTheSpool(held: Int, pieceSize: Int) throws {
        let expected = try Self.heardUpstream(held: nil, pieceSize: 1 << 20)
        #expect(expected.text.contains("Checked."))
        #expect(expected.text.contains("Removed attachment: b.exe"))
        #expect(expected.text.contains("X-Text: yes"))
        let heard = try Self.heardUpstream(held: held, pieceSize: pieceSize)
        #expect(heard.text == expected.text)
        #expect((heard.writes > 0) == (held < 1 << 20))
    }

    private static func heardUpstream(held: Int?, pieceSize: Int) throws -> (text: String, writes: Int) {
        let transcript = try Transcript(
            name: "spool",
            text: """
                policy:
                  policy: test
                  rules:
                    - name: text
                      when: { body.text: { contains: lazy } }
                      then: { add-header: { X-Text: "yes" } }
                    - name: strip
                      when: { attachment.extension: exe }
                      then: [{ strip-attachment: { extension: exe } }, { append-text: Checked. }]

                eight-bit: downgrade
                upstream offers: PIPELINING SIZE
                ehlo: PIPELINING, SIZE 52428800, 8BITMIME
                @ready
                @mail <a@example.net> <b@example.com>
                @data

                """
        )
        let policies = try transcript.loadPolicies()
        var settings = try transcript.relaySettings(policies: policies)
        if let held {
            settings.limits.held = held
            settings.spoolBudget = HoldBudget(octets: 10_000_000)
        }
        var stage = CoreStage(settings: settings, policies: policies)
        let differences = try TranscriptPlayer.play(transcript, on: &stage)
        #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
        stage.pieceSize = pieceSize
        stage.clientSays(mail)
        #expect(stage.upstreamHears() == "DATA")
        stage.upstreamSays(Array("354 Go ahead\r\n".utf8))
        var lines: [String] = []
        while let line = stage.upstreamHears() { lines.append(line) }
        #expect(lines.last == ".")
        return (lines.joined(separator: "\n"), stage.spool.writes)
    }

    private static let mail: [UInt8] = {
        let fox = (0..<900).map { "\($0) The quick brown fox jumps over the lazy dog. Grüße!\r\n" }.joined()
        let base64 = String(repeating: String(repeating: "QUJD", count: 18) + "\r\n", count: 1200)
        return Array(
            """
            Subject: Grüße
            MIME-Version: 1.0
            Content-Type: multipart/mixed; boundary=outer

            --outer
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: 8bit

            \(fox)
            --outer
            Content-Type: application/octet-stream; name=b.exe
            Content-Transfer-Encoding: base64

            \(base64)
            --outer
            Content-Type: application/octet-stream; name=c.bin
            Content-Transfer-Encoding: base64

            \(base64)
            --outer--
            .

            """.replacing("\r\n", with: "\n").replacing("\n", with: "\r\n").utf8
        )
    }()
}

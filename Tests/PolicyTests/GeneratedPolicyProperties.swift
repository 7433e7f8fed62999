import Foundation
import NIOCore
import PolicyFiles
import SMTPProtocol
import Testing

@testable import Policy

/// Whatever a client sends, sound policies come to a verdict on it; whatever an operator writes, it is told what is wrong.
struct GeneratedPolicyProperties {
    @Test("a policy made from the tables loads, and judges any transaction", arguments: 0..<8)
    func anyTransactionIsJudged(seed: Int) throws {
        var generator = PolicyGenerator(seed: UInt64(seed))
        var random = SplitMix(seed: UInt64(100 + seed))
        for _ in 0..<15 {
            let text = generator.policy()
            let loaded = PolicyFile.load(text: text, path: "p.yaml")
            #expect(loaded.diagnostics.filter(\.isError).map(\.description) == [], "\(text)")
            let set = try #require(loaded.set)
            for _ in 0..<6 {
                let outcome = transaction(&random).run(set)
                check(outcome, text)
            }
        }
    }

    @Test("a document made from the schema is refused at a place or runs", arguments: 0..<8)
    func anyDocumentIsReadOrRefused(seed: Int) {
        let schema = PolicyFileSchema.schema
        var sampler = SchemaSampler(schema, seed: UInt64(seed))
        for _ in 0..<60 {
            let text = sampler.sample(schema).json
            let loaded = PolicyFile.load(text: text, path: "p.yaml", tryingPatterns: true)
            #expect(loaded.set != nil || loaded.diagnostics.containsErrors, "\(text)")
            #expect(loaded.diagnostics.allSatisfy { $0.location.line > 0 && $0.location.column > 0 })
            guard let set = loaded.set else { continue }
            for stage in Stage.allCases { _ = set.evaluate(stage, .example) }
            _ = PolicyTestRunner.run(loaded.files)
        }
    }

    /// A reply fits its verdict and is one line of printable ASCII.
    private func check(_ outcome: SimulatedOutcome, _ policy: String) {
        guard let reply = outcome.reply else {
            #expect(outcome.verdict == .accept, "\(policy)")
            return
        }
        let classes: [SimulatedOutcome.Verdict: ClosedRange<UInt16>] = [
            .reject: 500...599, .defer: 400...499, .disconnect: 421...421, .reply: 200...599,
        ]
        #expect(classes[outcome.verdict]?.contains(reply.code.rawValue) ?? true, "\(policy)")
        #expect("\(reply)".utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f }, "\(reply)")
    }

    // MARK: Transactions

    private func transaction(_ random: inout SplitMix) -> SimulatedTransaction {
        let addresses = ["192.0.2.1", "10.1.2.3", "2001:db8::1", "::ffff:10.0.0.1"]
        let mailboxes = ["a@example.com", "\"a b\"@[192.0.2.1]", "é@exämple.de", "x@sub.example.org"]
        var transaction = SimulatedTransaction()
        transaction.clientAddress =
            Bool.random(using: &random) ? IPAddress(addresses.randomElement(using: &random) ?? "") : nil
        transaction.clientPort = Bool.random(using: &random) ? 40_000 : nil
        transaction.helo = HeloArgument(
            ["a.example", "[192.0.2.1]", "no name", "\u{1}"].randomElement(using: &random) ?? "")
        if Int.random(in: 0..<4, using: &random) == 0 {
            transaction.command = CommandFacts(verb: "VRFY", argument: octets(20, &random))
        }
        let sender = Mailbox(mailboxes.randomElement(using: &random) ?? "")
        transaction.sender = sender.map(ReversePath.mailbox) ?? .null
        transaction.recipients = mailboxes.prefix(Int.random(in: 0...4, using: &random)).compactMap { text in
            Mailbox(text).map { SimulatedTransaction.Recipient(.mailbox($0)) }
        }
        transaction.message = message(&random)
        return transaction
    }

    /// A message that may be no message at all.
    private func message(_ random: inout SplitMix) -> SimulatedMessage {
        let pieces: [[UInt8]] =
            [
                "Subject: ", "From: <", ">", "To: a@b, ", "X-Odd", ":", " ", "\r\n", "\r\n", "\n", "\r", "\0", "\t",
                "aaaaaaaaaaaaaaaa",
                "=?utf-8?q?=FF=00?=", "=?utf-8?b?////?=", "=?x?y?z?=", "\"", "(", "é", "@", "Received: from a",
                "\r\n\r\n",
            ].map { Array($0.utf8) } + [[0xff], [0xc3, 0x28], [0x80]]
        var octets: [UInt8] = []
        for _ in 0..<Int.random(in: 0...60, using: &random) { octets += pieces.randomElement(using: &random) ?? [] }
        if Int.random(in: 0..<8, using: &random) == 0 {
            octets += Array("Subject: ".utf8) + [UInt8](repeating: 0x61, count: 70_000)
        }
        return SimulatedMessage(octets: ByteBuffer(bytes: octets))
    }

    private func octets(_ count: Int, _ random: inout SplitMix) -> String {
        String(decoding: (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }, as: UTF8.self)
    }
}

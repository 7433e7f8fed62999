import NIOCore
import PolicyFiles
import RelayCore

/// How a sample fared: what is printed about it, and whether it is as expected.
struct SampleReport {
    let sample: SampleMail
    let result: SampleClient.Result
    let records: [TransactionRecord]
    let logged: [String]
    /// How the policies answer the questions of the sample.
    let answers: [SimulatedOutcome]
    let arrived: [ReceivedMessage]

    /// What is not as expected.
    var surprises: [String] {
        let expected = sample.expectation
        var surprises: [String] = []
        let reply = result.lastReply.map(\.description) ?? "nothing"
        if !reply.hasPrefix(expected.reply) { surprises.append("expected the reply \(expected.reply), got \(reply)") }
        let rules = (records.flatMap(\.rules) + answers.flatMap(\.fired)).map(\.description)
        if let rule = expected.rule, !rules.contains(rule) { surprises.append("the rule \(rule) did not take part") }
        guard expected.arrives else {
            if !arrived.isEmpty { surprises.append("it arrived all the same") }
            return surprises
        }
        guard let message = arrived.first, arrived.count == 1 else {
            return surprises + ["expected one message, \(arrived.count) arrived"]
        }
        let header = PrintedMessage.headerLines(message.content)
        for line in expected.header where !header.contains(where: { $0.hasPrefix(line) }) {
            surprises.append("the field `\(line)` is missing")
        }
        for text in expected.absent where header.contains(where: { $0.contains(text) }) {
            surprises.append("`\(text)` is still there")
        }
        if sample.message.map(PrintedMessage.body) != PrintedMessage.body(message.content) {
            surprises.append("the body was changed")
        }
        return surprises
    }

    var lines: [String] {
        result.dialogue.map { "   \($0)" } + [""]
            + records.flatMap(\.decision).map { "   \($0)" }
            + answers.compactMap(\.decision).map { "   \($0)" }
            + logged.map { "   Logged: \($0)" }
            + arrival.map { "   \($0)" }
            + surprises.map { "   NOT AS EXPECTED: \($0)" }
    }

    private var arrival: [String] {
        guard let sent = sample.message else { return [] }
        guard let message = arrived.first else { return ["Arrived: nothing"] }
        let diff = LineDiff(from: PrintedMessage.headerLines(sent), to: PrintedMessage.headerLines(message.content))
        let body = PrintedMessage.body(message.content)
        let isSame = body == PrintedMessage.body(sent)
        return ["Arrived, with this header section:"] + diff.changes.map { "  \($0.text)" }
            + ["and a body of \(body.readableBytes) octets, \(isSame ? "untouched" : "CHANGED")"]
    }
}

extension SimulatedOutcome {
    /// Who answers a single command, for a reader.
    fileprivate var decision: String? {
        guard let rule, let reply else { return nil }
        return "Decision: answered at command by the rule \(rule): \(reply)"
    }
}

import Policy
import SMTPProtocol

extension RelaySession {
    /// Writes the line that tells how the transaction, or what was asked outside one, ended.
    mutating func record(
        _ stage: Stage,
        _ reply: Reply,
        source: TransactionRecord.Source,
        verdict: TransactionRecord.Verdict? = nil,
        rule: RuleReference? = nil,
        detail: String? = nil
    ) {
        let byCode: TransactionRecord.Verdict = reply.code.severity == .permanentNegative ? .rejected : .deferred
        let record = TransactionRecord(of: self, stage: stage, verdict: verdict ?? byCode, source: source, now: now)
        record.reply = reply
        record.detail = detail
        if let rule, !record.rules.contains(rule) { record.rules.append(rule) }
        if stage == .command, let command = facts.command {
            record.command = command.argument.isEmpty ? command.verb : "\(command.verb) \(command.argument)"
        }
        output.actions.append(.record(record))
    }

    mutating func recordTrouble(_ stage: Stage, _ reply: Reply, _ trouble: UpstreamTrouble) {
        record(stage, reply, source: .upstream, verdict: .deferred, detail: trouble.detail)
    }

    /// The client gave the transaction up, by RSET, EHLO or QUIT, or by going away.
    mutating func recordAbandoned() {
        let stage: Stage =
            switch message {
            case .none: .recipient
            case .header: .header
            case .lookahead, .opening, .streaming, .replaying, .draining, .awaitingFinal: .message
            }
        let record = TransactionRecord(of: self, stage: stage, verdict: .abandoned, source: .client, now: now)
        output.actions.append(.record(record))
    }
}

import NIOConcurrencyHelpers
import Policy
import RelayCore
import RelayTransport

/// Keeps what the proxy decided until the demonstration asks for it; later on, prints it.
final class DemonstrationLog: SessionLog {
    private struct State {
        var records: [TransactionRecord] = []
        var lines: [String] = []
        var print: (@Sendable (String) -> Void)?
    }

    private let state = NIOLockedValueBox(State())

    func record(_ record: TransactionRecord) {
        state.withLockedValue { state in
            if let print = state.print {
                print(record.decision.map { "   \($0)\n" }.joined())
            } else {
                state.records.append(record)
            }
        }
    }

    func note(_ note: SessionNote, session: String, client: ClientIdentity) {
        guard case .policyLine(let line) = note else { return }
        state.withLockedValue { state in
            if let print = state.print {
                print("   Logged: \(line)\n")
            } else {
                state.lines.append(line)
            }
        }
    }

    func held(_ rules: [RuleReference]) {}

    /// What was recorded since the last call.
    func takeAll() -> (records: [TransactionRecord], lines: [String]) {
        state.withLockedValue { state in
            defer { (state.records, state.lines) = ([], []) }
            return (state.records, state.lines)
        }
    }

    /// Prints from now on.
    func startPrinting(_ print: @escaping @Sendable (String) -> Void) {
        state.withLockedValue { $0.print = print }
    }
}

extension TransactionRecord {
    /// Who decided what, for a reader.
    var decision: [String] {
        var lines: [String] = []
        let answer = reply.map { ": \($0)" } ?? ""
        switch source {
        case .policy:
            lines.append("Decision: \(verb) at \(stage) by the rule \(rules.last.map { "\($0)" } ?? "?")\(answer)")
        case .upstream: lines.append("Decision: \(verb) by the mail server\(answer)")
        case .proxy: lines.append("Decision: \(verb) at \(stage) by the proxy itself\(answer)")
        case .client: lines.append("Decision: \(verb) by the client")
        }
        let others = source == .policy ? rules.dropLast() : rules[...]
        if !others.isEmpty {
            let names = others.map { $0.isMonitor ? "\($0) (monitor)" : "\($0)" }
            lines.append("Rules that held: " + names.joined(separator: ", "))
        }
        return lines
    }

    private var verb: String {
        stage == .command ? "answered" : verdict.rawValue
    }
}

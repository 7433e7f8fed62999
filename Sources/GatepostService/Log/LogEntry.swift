import Logging
import RelayCore
import SMTPProtocol

/// What the log is given: a line, or what a line is made of by the thread that writes it.
///
/// Records of sessions come by the hundred between two writes. Their lines are made one behind the other: amid the work of
/// the sessions each would fetch its code into the processor's caches anew.
enum LogEntry: Sendable {
    case line([UInt8])
    case record(TransactionRecord, at: LogTime, level: Logger.Level, format: Configuration.LogSettings.Format)

    /// Octets that it takes in memory and as a line, about; never much less.
    var weight: Int {
        switch self {
        case .line(let octets): octets.count + 1
        case .record(let record, _, _, _): record.weight
        }
    }

    /// Appends the line and its line feed.
    consuming func write(into octets: inout [UInt8]) {
        switch consume self {
        case .line(let line):
            octets.append(contentsOf: line)
        case .record(let record, let time, let level, let format):
            // Given away, so that what stands there already is not copied.
            let others = exchange(&octets, with: [])
            var line = LogLine(
                format, time: time, level: level.rawValue, message: record.subject, behind: consume others)
            line.add(record)
            octets = line.finish()
        }
        octets.append(UInt8(ascii: "\n"))
    }
}

extension TransactionRecord {
    /// About what its texts come to.
    fileprivate var weight: Int {
        var weight = 512 + (sender?.mailbox?.weight ?? 0) + (sentSender?.mailbox?.weight ?? 0)
        for recipient in recipients { weight += recipient.weight }
        for refusal in refused { weight += refusal.recipient.weight + refusal.reply.weight }
        for edit in edits { weight += edit.weight }
        for rule in rules { weight += rule.policy.utf8.count + rule.rule.utf8.count + 32 }
        for tag in tags { weight += tag.utf8.count + 16 }
        return weight + (reply?.weight ?? 0) + (command?.utf8.count ?? 0) + (detail?.utf8.count ?? 0)
    }
}

extension TransactionRecord.RecipientEdit {
    fileprivate var weight: Int {
        switch self {
        case .replaced(let one, let other), .merged(let one, let other): one.weight + other.weight
        case .added(let one), .dropped(let one), .discarded(let one, _): one.weight + 64
        }
    }
}

extension ForwardPath {
    fileprivate var weight: Int { mailbox?.weight ?? 16 }
}

extension Mailbox {
    /// Its parts and the whole.
    fileprivate var weight: Int { 64 + 2 * description.utf8.count }
}

extension Reply {
    fileprivate var weight: Int { lines.reduce(4) { $0 + $1.utf8.count + 3 } }
}

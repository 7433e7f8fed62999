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
            var storage: [UInt8] = []
            swap(&storage, &octets)
            var line = LogLine(format, time: time, level: level.rawValue, message: record.subject, behind: storage)
            line.add(record)
            octets = line.finish()
        }
        octets.append(UInt8(ascii: "\n"))
    }
}

extension TransactionRecord {
    /// About what its texts come to; all of them are bounded.
    fileprivate var weight: Int {
        let refusals = refused.reduce(0) { $0 + Self.pathWeight + $1.reply.weight }
        let paths = (2 + recipients.count + 2 * edits.count) * Self.pathWeight
        let texts = (reply?.weight ?? 0) + (command?.utf8.count ?? 0) + (detail?.utf8.count ?? 0)
        return 512 + paths + refusals + texts + 64 * (rules.count + tags.count)
    }

    /// A path of usual length, and what an array needs for it.
    private static var pathWeight: Int { 96 }
}

extension Reply {
    fileprivate var weight: Int { lines.reduce(4) { $0 + $1.utf8.count + 3 } }
}

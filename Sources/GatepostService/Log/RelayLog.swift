import Logging
import Policy
import RelayCore
import RelayTransport
import SMTPProtocol

/// Writes the story of the sessions: one line for each transaction, and one for each refusal outside of one. Counts what
/// rules do, and tells it when it is asked.
public struct RelayLog: SessionLog {
    private let log: ServiceLog
    private let counts = RuleCounts()
    private let start = LogTime.now

    public init(_ log: ServiceLog) {
        self.log = log
    }

    public func record(_ record: consuming TransactionRecord) {
        let level: Logger.Level = record.verdict == .ambiguous ? .warning : .info
        let settings = log.settings
        guard level >= settings.level else { return }
        log.writer.write(.record(record, at: .now, level: level, format: settings.format))
    }

    public func note(_ note: SessionNote, session: String, client: ClientIdentity) {
        var failure: (rule: RuleReference, count: Int)?
        if case .policyFailure(let what) = note { failure = (what.rule, counts.failed(what.rule)) }
        let entry = Entry(note)
        let settings = log.settings
        guard entry.level >= settings.level else { return }
        var line = LogLine(settings.format, time: .now, level: entry.level.rawValue, message: entry.message)
        line.add("session", session)
        line.add("client", client.description)
        if let failure {
            line.add("rule", failure.rule.logged)
            line.add("failures", failure.count)
        }
        line.add("detail", entry.detail)
        log.writer.write(line.finish())
    }

    public func held(_ rules: [RuleReference]) {
        counts.held(rules)
    }

    /// Writes how often each rule has held, a line for each, and one behind them that says since when. Waits for the lines
    /// to leave as they fill the writer, so not to be called on an event loop.
    func writeCounts() {
        let settings = log.settings
        guard Logger.Level.notice >= settings.level else { return }
        let all = counts.all()
        for (index, (rule, count)) in all.enumerated() {
            var line = LogLine(settings.format, time: .now, level: Logger.Level.notice.rawValue, message: "rule")
            line.add("rule", rule.logged)
            line.add("held", count.held)
            line.add("failures", count.failures)
            log.writer.write(line.finish())
            if index % Self.linesAtOnce == Self.linesAtOnce - 1 { log.writer.flush() }
        }
        var line = LogLine(settings.format, time: .now, level: Logger.Level.notice.rawValue, message: "rules counted")
        line.add("rules", all.count)
        line.add("since", start.text)
        log.writer.write(line.finish())
    }

    /// Lines of counts that are written before the writer is given time for them.
    private static let linesAtOnce = 1000

    /// How a note stands in the log.
    private struct Entry {
        var level: Logger.Level
        var message: String
        var detail: String

        init(_ note: SessionNote) {
            switch note {
            case .upstreamTrouble(.loginRefused(let why)):
                (level, message, detail) = (.error, "upstream login failed", why)
            case .upstreamTrouble(let trouble):
                (level, message, detail) = (.warning, "upstream trouble", trouble.detail)
            case .upstreamReplaced(let trouble):
                (level, message, detail) = (.info, "upstream connection replaced", trouble.detail)
            case .upstreamInClear(let why): (level, message, detail) = (.warning, "upstream in clear", why)
            case .upstreamUnidentified(let why): (level, message, detail) = (.warning, "upstream not told", why)
            case .proxyHeaderFailed(let why): (level, message, detail) = (.warning, "PROXY header refused", why)
            case .clientSecurityFailed(let why): (level, message, detail) = (.info, "TLS failed", why)
            case .plaintextDropped(let octets):
                (level, message) = (.warning, "plaintext behind STARTTLS dropped")
                detail = "\(octets) octets"
            case .authenticated(let login): (level, message, detail) = (.info, "logged in", login.logged)
            case .authenticationFailed(let login, let code, let failures):
                (level, message) = (.info, "login failed")
                detail = "\(code), \(login.logged), failure \(failures)"
            case .spoolFailed(let why): (level, message, detail) = (.error, "message not held", why)
            case .policyLine(let line): (level, message, detail) = (.info, "policy", line)
            case .policyFailure(let failure): (level, message, detail) = (.error, "policy failure", failure.reason)
            case .ended(let reason): (level, message, detail) = (.debug, "session ended", reason)
            }
        }
    }
}

extension TransactionRecord {
    /// What the line is about.
    var subject: String {
        if transaction != nil { return "transaction" }
        return stage == .command ? "command" : "session"
    }
}

extension AuthenticationFacts {
    /// `PLAIN/ann`
    var logged: String { "\(mechanism)/\(user ?? "?")" }
}

extension RuleReference {
    /// `policy/rule`, and a question mark behind one that only says what it would have done.
    var logged: String { isMonitor ? "\(self)?" : description }
}

extension ClientIdentity {
    /// `192.0.2.1:40123`, `[2001:db8::1]:40123`, or `unix` for a client on a Unix-domain socket.
    var description: String {
        var octets: [UInt8] = []
        write(into: &octets)
        return String(decoding: octets, as: UTF8.self)
    }

    /// Appends the description.
    func write(into octets: inout [UInt8]) {
        guard let address else { return octets.append(literal: "unix") }
        if !address.isIPv4 { octets.append(UInt8(ascii: "[")) }
        octets.append(text: address.description)
        if !address.isIPv4 { octets.append(UInt8(ascii: "]")) }
        guard let port else { return }
        octets.append(UInt8(ascii: ":"))
        octets.append(number: port)
    }
}

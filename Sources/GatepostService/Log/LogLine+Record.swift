import Policy
import RelayCore
import SMTPProtocol

extension LogLine {
    /// The fields of a record, in the order in which a reader asks for them; those without a value are left out.
    mutating func add(_ record: TransactionRecord) {
        add("session", record.session)
        if let transaction = record.transaction { add("transaction", transaction) }
        add("verdict", plain: record.verdict.rawValue)
        add("stage", plain: record.stage.name)
        add("source", plain: record.source.rawValue)
        if let reply = record.reply { add("reply") { reply.write(into: &$0) } }
        if !record.rules.isEmpty { add("rules", each: record.rules) { $0.write(into: &$1) } }
        add("listener", record.listener)
        add("client") { record.client.write(into: &$0) }
        if let proxy = record.proxy { add("proxy", proxy.description) }
        if let encryption = record.encryption { add("tls", encryption.logged) }
        if let login = record.authentication { add("auth", login.logged) }
        if let helo = record.helo { add("helo", helo.text) }
        if let command = record.command { add("command", command) }
        if let sender = record.sender { add("sender") { sender.write(into: &$0) } }
        if let sender = record.sentSender { add("sent-sender") { sender.write(into: &$0) } }
        if record.recipientCount > 0 {
            add("recipients", record.recipientCount)
            add("to", each: record.recipients) { $0.write(into: &$1) }
        }
        if record.editCount > 0 {
            add("edited", record.editCount)
            add("edits", record.edits.map(\.logged))
        }
        if record.refusedCount > 0 {
            add("refused", record.refusedCount)
            add("refusals", record.refused.map(\.logged))
        }
        if let octets = record.octets { add("octets", octets) }
        if record.spooled > 0 { add("spooled", record.spooled) }
        if !record.tags.isEmpty { add("tags", record.tags) }
        if let upstream = record.upstream { add("upstream", upstream) }
        if let encryption = record.upstreamEncryption { add("upstream-tls", encryption.logged) }
        if let detail = record.detail { add("detail", detail) }
        if record.delay.value > 0 { add("delay-ms", record.delay.value / 1_000_000) }
        add("ms", record.duration.value / 1_000_000)
    }
}

extension TransactionRecord.RefusedRecipient {
    fileprivate var logged: String {
        "\(recipient) \(reply)" + (rule.map { " [\($0.logged)]" } ?? "")
    }
}

extension TransactionRecord.RecipientEdit {
    fileprivate var logged: String {
        switch self {
        case .replaced(let given, let path): "\(given) sent as \(path)"
        case .added(let path): "\(path) added"
        case .merged(let given, let path): "\(given) is \(path) already"
        case .dropped(let given): "\(given) dropped"
        case .discarded(let given, let rule): "\(given) discarded [\(rule.logged)]"
        }
    }
}

extension EncryptionFacts {
    /// `TLSv1.3/TLS_AES_256_GCM_SHA384`; the version alone where a proxy names no cipher suite.
    fileprivate var logged: String { cipher.isEmpty ? version : "\(version)/\(cipher)" }
}

extension RuleReference {
    /// Appends `policy/rule`, and a question mark behind one that only says what it would have done.
    fileprivate func write(into octets: inout [UInt8]) {
        octets.append(text: policy)
        octets.append(UInt8(ascii: "/"))
        octets.append(text: rule)
        if isMonitor { octets.append(UInt8(ascii: "?")) }
    }
}

extension Reply {
    /// Appends the description.
    fileprivate func write(into octets: inout [UInt8]) {
        octets.append(number: Int(code.rawValue))
        for index in lines.indices {
            octets.append(literal: index == 0 ? " " : " / ")
            octets.append(text: lines[index])
        }
    }
}

extension ReversePath {
    /// Appends the description.
    fileprivate func write(into octets: inout [UInt8]) {
        octets.append(UInt8(ascii: "<"))
        if let mailbox { octets.append(text: mailbox.description) }
        octets.append(UInt8(ascii: ">"))
    }
}

extension ForwardPath {
    /// Appends the description.
    fileprivate func write(into octets: inout [UInt8]) {
        guard let mailbox else { return octets.append(text: description) }
        octets.append(UInt8(ascii: "<"))
        octets.append(text: mailbox.description)
        octets.append(UInt8(ascii: ">"))
    }
}

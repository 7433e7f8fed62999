import TranscriptKit

/// A mail as its client knows it.
struct ClientMail {
    let id: String
    let sender: String
    let recipients: [String]
    /// As the client means it: without doubled dots.
    let content: String
    /// A rule refuses it.
    let isRefused: Bool
    var mailCode: Int?
    var recipientCodes: [Int?] = []
    /// The final dot was sent.
    var isWhole = false
    /// What became of it; nil when no answer came.
    var finalCode: Int?

    init(id: String, _ features: Features, isRefused: Bool) {
        self.id = id
        self.isRefused = isRefused
        sender = "\(id)@client.example"
        recipients = ["\(id)-a@example.com", "no-\(id)@example.com", "later-\(id)@example.com", "\(id)-b@example.com"]
        let body = (0..<(features.isLarge && id == "m00" ? 400 : 2)).map {
            "Line \($0) of \(id), which goes on for a while.\r\n"
        }
        content =
            "Subject: \(isRefused ? "refuse" : "take")\r\nMessage-ID: <\(id)@client.example>\r\n\r\n.\r\n"
            + body.joined() + "..\r\n.x\r\n\r\nEnd of \(id)\r\n"
    }

    /// The content as it goes over the wire (RFC 5321 4.5.2).
    var stuffed: String {
        content.components(separatedBy: "\r\n").map { $0.hasPrefix(".") ? "." + $0 : $0 }.joined(separator: "\r\n")
    }

    /// Recipients that the client was told are accepted.
    var accepted: [String] {
        zip(recipients, recipientCodes).filter { $0.1?.isPositive == true }.map(\.0)
    }
}

/// The ledgers of both sides, joined by the identifier of each mail.
struct JoinedLedgers {
    let simulation: Simulation
    private(set) var faults: [String]

    init(_ simulation: Simulation) {
        self.simulation = simulation
        faults = simulation.faults + simulation.readers.flatMap(\.faults)
        let taken = simulation.readers.flatMap(\.mails)
        for mail in simulation.mails { join(mail, taken.filter { $0.sender == mail.sender }) }
        for mail in taken where !simulation.mails.contains(where: { $0.sender == mail.sender }) {
            faults.append("(3) the upstream has mail of \(mail.sender), whom nobody knows")
        }
    }

    private mutating func join(_ mail: ClientMail, _ taken: [StrictReader.Mail]) {
        if let final = mail.finalCode, final.isPositive {
            let isTaken =
                taken.contains { $0.code?.isPositive == true } && simulation.upstream.ended.contains(mail.sender)
            // Towards a relay that has written the whole end, an upstream can answer what it has not read.
            if !isTaken, !(simulation.upstream.hasAnsweredUnread && taken.count == 1) {
                faults.append("(1) \(mail.id) was answered \(final) and is not taken")
            }
        }
        if taken.count > 1 { faults.append("(4) \(mail.id) has \(taken.count) ends upstream") }
        for other in taken {
            joinAnswer(mail, other)
            joinContent(mail, other)
        }
        if mail.isRefused, !taken.isEmpty { faults.append("(3) \(mail.id) was refused by a rule and went upstream") }
        joinReplies(mail)
        joinRecord(mail, taken)
    }

    /// (2), (5): what the upstream has said to the message, the client hears.
    private mutating func joinAnswer(_ mail: ClientMail, _ taken: StrictReader.Mail) {
        guard !simulation.isCut else { return }
        let heard = mail.finalCode.map { "\($0)" } ?? "nothing"
        switch taken.code {
        case let code? where code.isPositive && taken.isUnconfirmed && mail.finalCode.map({ $0 / 100 }) == 4:
            break
        case let code? where (300...399).contains(code):
            if mail.finalCode.map({ $0 / 100 }) != 4 { faults.append("(5) \(mail.id): \(code) became \(heard)") }
        case let code?:
            if mail.finalCode != code { faults.append("(2) \(mail.id): the upstream's \(code) became \(heard)") }
        case nil:
            if mail.finalCode.map({ $0 / 100 }) != 4 { faults.append("(5) \(mail.id): no answer became \(heard)") }
        }
    }

    /// (3), (6), (7): what the upstream has is what the client sent to those it was told of, and its rules' doing.
    private mutating func joinContent(_ mail: ClientMail, _ taken: StrictReader.Mail) {
        if !mail.isWhole { faults.append("(3) \(mail.id) went upstream, and the client has not ended it") }
        if taken.content != Array((simulation.features.addedHeader + mail.content).utf8) {
            faults.append("(3) \(mail.id) has other content: \(String(decoding: taken.content, as: UTF8.self))")
        }
        if taken.recipients != mail.accepted {
            faults.append("(6) \(mail.id) goes to \(taken.recipients), the client knows of \(mail.accepted)")
        }
    }

    /// (5), (6): answers to MAIL and RCPT are the upstream's own, and 4yz where it had none.
    private mutating func joinReplies(_ mail: ClientMail) {
        guard !simulation.isCut else { return }
        let answers = simulation.readers.flatMap(\.answers)
        func code(_ request: StrictReader.Request) -> Int? { answers.last { $0.request == request }?.code }
        check("MAIL of \(mail.id)", code(.mail(mail.sender)), mail.mailCode)
        if mail.mailCode?.isPositive == true {
            for (path, heard) in zip(mail.recipients, mail.recipientCodes) {
                check("RCPT of \(path)", code(.recipient(path)), heard)
            }
        }
        let permanent = answers.contains {
            (500...599).contains($0.code) && $0.request != .recipient("no-\(mail.id)@example.com")
        }
        if let final = mail.finalCode, final >= 500, !permanent, !mail.isRefused {
            faults.append("(5) \(mail.id): \(final), which nobody has said")
        }
    }

    private mutating func check(_ what: String, _ said: Int?, _ heard: Int?) {
        guard let heard else { return }
        switch said {
        case let said? where !(300...399).contains(said) && said != 421:
            if heard != said { faults.append("(5) \(what): the upstream's \(said) became \(heard)") }
        default:
            if heard / 100 != 4 { faults.append("(5) \(what): \(said.map { "\($0)" } ?? "no answer") became \(heard)") }
        }
    }

    /// Each transaction is on record once, as what it came to.
    private mutating func joinRecord(_ mail: ClientMail, _ taken: [StrictReader.Mail]) {
        let records = simulation.records.filter { $0.sender?.description.contains(mail.sender) == true }
        guard mail.mailCode != nil, !simulation.isCut || !taken.isEmpty else { return }
        guard records.count == 1, let record = records.first else {
            faults.append("\(mail.id) is on record \(records.count) times")
            return
        }
        let expected: String? =
            switch taken.first?.code {
            case nil where taken.isEmpty: nil
            case nil: "ambiguous"
            case let code? where code.isPositive && taken.first?.isUnconfirmed == true:
                mail.finalCode.map { $0.isPositive ? "accepted" : "ambiguous" }
            case let code? where code.isPositive: "accepted"
            case let code? where code >= 500: "rejected"
            case let code? where code >= 400: "deferred"
            default: "ambiguous"
            }
        if let expected, record.verdict.rawValue != expected {
            faults.append("\(mail.id) is \(record.verdict) on record and was \(expected)")
        }
        if taken.isEmpty, record.verdict == .accepted || record.verdict == .ambiguous {
            faults.append("\(mail.id) is \(record.verdict) on record and had no end upstream")
        }
    }
}

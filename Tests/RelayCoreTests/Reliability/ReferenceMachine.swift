import Foundation

/// What a client of a relay may expect, in as few words as possible: one command after the other, each answered at once.
///
/// It knows nothing of pipelining, of buffers or of the relay's own states. Addresses say what the upstream does with
/// them: `no-…` is refused with 550, `later-…` with 450; a sender `nodata-…` has DATA refused with 554, `noend-…` the
/// message with 552.
struct ReferenceMachine {
    struct Transaction {
        var sender: String
        var recipients: [String] = []
        /// The upstream was lost.
        var isBroken = false
    }

    struct Mail: Equatable {
        var sender: String
        var recipients: [String]
    }

    private(set) var codes: [Int] = [220]
    private(set) var isClosed = false
    private(set) var hasHello = false
    private(set) var isExtended = false
    private(set) var transaction: Transaction?
    private(set) var mails: [Mail] = []

    /// One line of the client's, with what follows DATA where it gets that far.
    struct Step {
        var line: String
        var message: String?
        /// More came in the same piece.
        var isFollowed = false
    }

    mutating func take(_ step: Step) {
        guard !isClosed else { return }
        let line = step.line
        let verb = line.prefix { $0 != " " }.uppercased()
        switch verb {
        case _ where line.utf8.count > 4094: say(500)
        case _ where line.contains("\u{7}"): say(501)
        case "EHLO", "HELO":
            guard line.count > 5 else { return say(501) }
            hasHello = true
            isExtended = verb == "EHLO"
            transaction = nil
            say(250)
        case "MAIL": mail(line)
        case "RCPT": recipient(line)
        case "DATA": data(step)
        case "RSET":
            guard line.count == 4 else { return say(501) }
            transaction = nil
            say(250)
        case "NOOP": say(250)
        case "HELP": say(214)
        case "VRFY": line.count > 5 ? say(252) : say(501)
        case "QUIT":
            say(221)
            isClosed = true
        case "AUTH": !hasHello || transaction != nil ? say(503) : say(502)
        case "STARTTLS": say(502)
        case "BDAT", "TURN", "XFORWARD": say(502)
        default: say(500)
        }
    }

    mutating func upstreamIsLost() {
        transaction?.isBroken = true
    }

    private mutating func say(_ code: Int) {
        codes.append(code)
    }

    private func address(_ line: String) -> String? {
        guard let start = line.firstIndex(of: "<"), let end = line.firstIndex(of: ">") else { return nil }
        return String(line[line.index(after: start)..<end])
    }

    private func refusal(_ address: String) -> Int? {
        address.hasPrefix("no-") ? 550 : address.hasPrefix("later-") ? 450 : nil
    }

    private mutating func mail(_ line: String) {
        guard let sender = address(line) else { return say(501) }
        guard hasHello, transaction == nil else { return say(503) }
        if line.contains(" X=") { return say(555) }
        if line.contains(" SIZE="), !isExtended { return say(555) }
        if line.contains(" SIZE=9999999999") { return say(552) }
        if let code = refusal(sender) { return say(code) }
        transaction = Transaction(sender: sender)
        say(250)
    }

    private mutating func recipient(_ line: String) {
        guard let recipient = address(line) else { return say(501) }
        guard hasHello, let transaction else { return say(503) }
        if line.contains(" NOTIFY=") { return say(555) }
        if transaction.isBroken { return say(451) }
        if let code = refusal(recipient) { return say(code) }
        self.transaction?.recipients.append(recipient)
        say(250)
    }

    private mutating func data(_ step: Step) {
        guard step.line.count == 4 else { return say(501) }
        guard hasHello, let transaction else { return say(503) }
        if transaction.recipients.isEmpty { return say(transaction.isBroken ? 451 : 554) }
        if transaction.isBroken { return say(451) }
        guard !step.isFollowed else {
            say(554)
            isClosed = true
            return
        }
        say(354)
    }

    /// The message is complete.
    mutating func end(_ message: String) {
        guard let transaction else { return }
        self.transaction = nil
        if message.utf8.contains(0)
            || message.components(separatedBy: "\r\n").joined().utf8.contains(where: { $0 == 13 || $0 == 10 })
        {
            say(550)
        } else if transaction.sender.hasPrefix("nodata-") {
            say(554)
        } else if transaction.sender.hasPrefix("noend-") {
            say(552)
        } else {
            say(250)
            mails.append(Mail(sender: transaction.sender, recipients: transaction.recipients))
        }
    }
}

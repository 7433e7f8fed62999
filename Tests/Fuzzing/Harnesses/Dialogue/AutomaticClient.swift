/// A client that sends two mails, waits for each reply, and keeps its ledger.
struct AutomaticClient {
    struct Mail {
        let sender: String
        let recipients: [String]
        /// Without doubled dots.
        let content: String
        fileprivate(set) var codes: [Int] = []
        /// The reply to its end.
        fileprivate(set) var finalCode: Int?

        /// Recipients that the client was told are accepted.
        var accepted: [String] { zip(recipients, codes.dropFirst()).filter { $0.1 / 100 == 2 }.map(\.0) }

        fileprivate var commands: [String] {
            ["MAIL FROM:<\(sender)>"] + recipients.map { "RCPT TO:<\($0)>" }
        }

        /// As it goes over the wire (RFC 5321 4.5.2), with its end.
        fileprivate var stuffed: [UInt8] {
            var octets: [UInt8] = []
            for line in content.split(separator: "\r\n", omittingEmptySubsequences: false).dropLast() {
                if line.hasPrefix(".") { octets.append(46) }
                octets += Array(line.utf8) + [13, 10]
            }
            return octets + Array(".\r\n".utf8)
        }
    }

    private enum Place {
        case greeting, hello, startTLS, handshake, envelope, data, content, reset, quit
    }

    let traits: DialogueTraits
    private(set) var mails: [Mail] = []
    private var place = Place.greeting
    private var isSecured = false
    /// Mails of the clients before it.
    private let earlier: Int

    /// - Parameter ledger: the mails of the clients before it, which it goes on with.
    init(_ traits: DialogueTraits, ledger: [Mail] = []) {
        self.traits = traits
        mails = ledger
        earlier = ledger.count
    }

    /// What it says to a reply.
    mutating func hears(_ code: Int) -> [UInt8] {
        let isPositive = code / 100 == 2
        switch place {
        case .greeting: return isPositive ? say("EHLO client.example", .hello) : quit()
        case .hello:
            guard isPositive else { return quit() }
            return traits.clientSecurity == .startTLS && !isSecured ? say("STARTTLS", .startTLS) : beginMail()
        case .startTLS:
            if code == 220 { place = .handshake } else { return beginMail() }
            return []
        case .handshake, .quit: return []
        case .envelope: return envelopeContinues(code)
        case .data:
            guard code == 354 else {
                mails[mails.count - 1].finalCode = code
                return say("RSET", .reset)
            }
            place = .content
            return mails[mails.count - 1].stuffed
        case .content:
            mails[mails.count - 1].finalCode = code
            return beginMail()
        case .reset: return beginMail()
        }
    }

    mutating func secured() -> [UInt8] {
        isSecured = true
        return say("EHLO client.example", .hello)
    }

    private mutating func envelopeContinues(_ code: Int) -> [UInt8] {
        let index = mails.count - 1
        mails[index].codes.append(code)
        let commands = mails[index].commands
        if mails[index].codes.count < commands.count {
            if traits.clientPipelines { return [] }
            return mails[index].codes[0] / 100 == 2
                ? say(commands[mails[index].codes.count], .envelope) : say("RSET", .reset)
        }
        return mails[index].accepted.isEmpty ? say("RSET", .reset) : say("DATA", .data)
    }

    private mutating func beginMail() -> [UInt8] {
        guard mails.count < earlier + 2 else { return quit() }
        let id = "m\(mails.count)"
        let subject = mails.count == earlier || traits.rules == .none ? "take" : "refuse"
        mails.append(
            Mail(
                sender: "\(id)@client.example",
                recipients: ["\(id)-a@example.com", "\(id)-b@example.com"],
                content:
                    "Subject: \(subject)\r\nMessage-ID: <\(id)@client.example>\r\n\r\n.\r\n..\r\n.x\r\n\r\nEnd of \(id)\r\n"
            )
        )
        let commands = mails[mails.count - 1].commands
        return say(traits.clientPipelines ? commands.joined(separator: "\r\n") : commands[0], .envelope)
    }

    private mutating func quit() -> [UInt8] { say("QUIT", .quit) }

    private mutating func say(_ line: String, _ next: Place) -> [UInt8] {
        place = next
        return Array((line + "\r\n").utf8)
    }
}

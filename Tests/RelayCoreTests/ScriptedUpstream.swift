/// An upstream that does what it should, up to the reply at which a fault is planted.
struct ScriptedUpstream {
    enum Fault: CaseIterable, Sendable {
        case none
        case closes, closesBehindReply, halfAReplyThenCloses
        case garbage, wrongClassPositive, wrongClassIntermediate, transient, permanent, shuttingDown
        case twoReplies, replyTooEarly, silent, endlessReply
    }

    /// Faults are planted at the reply of this number, the greeting being 0.
    let fault: Fault
    let at: Int
    private(set) var replies = 0
    private(set) var isClosed = false
    private var inContent = false
    private var content: [UInt8] = []
    private var line: [UInt8] = []
    /// Messages that it has taken: a whole final dot and a whole 250 of its own.
    private(set) var accepted: [[UInt8]] = []
    /// Final dots that it has seen.
    private(set) var finalDots = 0

    init(fault: Fault, at: Int) {
        self.fault = fault
        self.at = at
    }

    /// What it says when the connection is made.
    mutating func connected() -> [UInt8] {
        isClosed = false
        inContent = false
        line = []
        return reply("220 up.example ESMTP")
    }

    /// What it answers to octets of the relay.
    mutating func receive(_ octets: [UInt8]) -> [UInt8] {
        var answer: [UInt8] = []
        for octet in octets where !isClosed {
            line.append(octet)
            guard line.suffix(2) == [13, 10] else { continue }
            let complete = line
            line = []
            if inContent {
                answer += receiveContent(complete)
            } else {
                answer += receiveCommand(String(decoding: complete.dropLast(2), as: UTF8.self))
            }
        }
        return answer
    }

    private mutating func receiveContent(_ line: [UInt8]) -> [UInt8] {
        guard line == Array(".\r\n".utf8) else {
            content += line.first == UInt8(ascii: ".") ? Array(line.dropFirst()) : line
            return []
        }
        inContent = false
        finalDots += 1
        let taken = content
        content = []
        let answer = reply("250 2.0.0 Queued")
        if String(decoding: answer, as: UTF8.self).hasPrefix("250 2.0.0 Queued\r\n") { accepted.append(taken) }
        return answer
    }

    private mutating func receiveCommand(_ command: String) -> [UInt8] {
        switch command.prefix(4) {
        case "EHLO": return reply("250-up.example\r\n250-PIPELINING\r\n250 8BITMIME")
        case "DATA":
            let answer = reply("354 Go ahead")
            inContent = answer.starts(with: Array("354".utf8))
            return answer
        case "QUIT":
            isClosed = true
            return Array("221 2.0.0 Bye\r\n".utf8)
        default: return reply("250 2.0.0 Ok")
        }
    }

    private mutating func reply(_ text: String) -> [UInt8] {
        defer { replies += 1 }
        let good = Array((text + "\r\n").utf8)
        guard replies == at else { return good }
        switch fault {
        case .none: return good
        case .closes:
            isClosed = true
            return []
        case .closesBehindReply:
            isClosed = true
            return good
        case .halfAReplyThenCloses:
            isClosed = true
            return Array(good.prefix(good.count / 2))
        case .garbage: return Array("\u{1}\u{2}garbage\r\n".utf8)
        case .wrongClassPositive: return Array((text.hasPrefix("354") ? "250 Ok\r\n" : "354 Go ahead\r\n").utf8)
        case .wrongClassIntermediate: return Array("350 Hm\r\n".utf8)
        case .transient: return Array("450 4.2.0 Later\r\n".utf8)
        case .permanent: return Array("550 5.7.1 Never\r\n".utf8)
        case .shuttingDown:
            isClosed = true
            return Array("421 4.3.2 Bye\r\n".utf8)
        case .twoReplies: return good + good
        case .replyTooEarly: return good + Array("250 2.0.0 Too early\r\n".utf8)
        case .silent: return []
        case .endlessReply: return Array(String(repeating: "250-more\r\n", count: 200).utf8)
        }
    }
}

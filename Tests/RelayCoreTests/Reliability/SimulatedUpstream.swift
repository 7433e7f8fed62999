import TranscriptKit

/// An upstream that does what it should but for one fault.
struct SimulatedUpstream {
    let features: Features
    let fault: UpstreamFault?
    private(set) var hasFaulted = false
    /// Over all connections.
    private(set) var replies = 0
    private(set) var heard = 0
    private(set) var said = 0
    private(set) var isClosed = false
    private(set) var isReset = false
    private(set) var hasStopped = false
    private(set) var isClogged = false
    private(set) var isSecured = false
    /// What it has said and what is not on its way yet, in the pieces in which it was said.
    private(set) var words: [[UInt8]] = []
    /// It has said 2yz to a message of which it had not read the end.
    var hasAnsweredUnread: Bool {
        if case .saysAndCloses(let text)? = fault?.kind, case .heard? = fault?.place {
            text.hasPrefix("2")
        } else {
            false
        }
    }

    /// Senders of messages whose whole end it has seen.
    private(set) var ended: [String] = []

    init(features: Features, fault: UpstreamFault?) {
        self.features = features
        self.fault = fault
    }

    mutating func connected() {
        isClosed = false
        isReset = false
        hasStopped = false
        isClogged = false
        isSecured = false
        words = []
        answer("220 up.example ESMTP")
    }

    mutating func takeWords() -> [[UInt8]] {
        defer { words = [] }
        return words
    }

    /// Whether this octet of the relay's is taken.
    mutating func hears() -> Bool {
        heard += 1
        if fault?.place == .heard(heard) { commit("") }
        return !isClosed && !hasStopped
    }

    mutating func asked(_ request: StrictReader.Request, sender: String) {
        guard !isClosed, !hasStopped else { return }
        switch request {
        case .hello:
            var lines = ["up.example", "8BITMIME", "ENHANCEDSTATUSCODES"]
            if features.isPipelined { lines.append("PIPELINING") }
            if features.sendsChunks { lines.append("CHUNKING") }
            if features.upstreamTLS != .none, !isSecured { lines.append("STARTTLS") }
            answer(
                lines.enumerated().map { "250\($0.offset == lines.count - 1 ? " " : "-")\($0.element)" }
                    .joined(separator: "\r\n"))
        case .startTLS: answer("220 2.0.0 Go ahead")
        case .recipient(let path) where path.hasPrefix("no-"): answer("550 5.1.1 Unknown")
        case .recipient(let path) where path.hasPrefix("later-"): answer("450 4.2.1 Busy")
        case .data: answer("354 Go ahead")
        case .endOfData:
            ended.append(sender)
            answer("250 2.0.0 Queued")
        case .quit:
            answer("221 2.0.0 Bye")
            isClosed = true
        case .greeting, .mail, .recipient, .reset, .authentication, .identity, .forwarding, .other:
            answer("250 2.0.0 Ok")
        }
    }

    enum Handshake {
        case succeeds, fails, ends, stalls
    }

    /// What becomes of a handshake, which counts as a reply.
    mutating func handshake() -> Handshake {
        defer { replies += 1 }
        guard fault?.place == .reply(replies) else {
            isSecured = true
            return .succeeds
        }
        hasFaulted = true
        switch fault?.kind {
        case .closes, .resets, .saysAndCloses, .answersAndCloses, .halfAReply(closing: true):
            isClosed = true
            return .ends
        case .stops, .clogs, .halfAReply(closing: false):
            hasStopped = true
            return .stalls
        case .says, .answers, .answersTwice, .answersAndAdds, .drops, nil: return .fails
        }
    }

    private mutating func answer(_ text: String) {
        defer { replies += 1 }
        if fault?.place == .reply(replies) { return commit(text + "\r\n") }
        words.append([])
        say(text + "\r\n")
    }

    private mutating func say(_ text: String) {
        for octet in text.utf8 {
            guard !isClosed, !hasStopped else { return }
            said += 1
            if fault?.place == .said(said) {
                commit("")
                if isClosed || hasStopped { return }
                if fault?.kind == .drops { continue }
            }
            if words.isEmpty { words.append([]) }
            words[words.count - 1].append(octet)
        }
    }

    private mutating func commit(_ reply: String) {
        guard let kind = fault?.kind else { return }
        hasFaulted = true
        switch kind {
        case .closes: isClosed = true
        case .resets:
            isClosed = true
            isReset = true
        case .stops: hasStopped = true
        case .clogs:
            hasStopped = true
            isClogged = true
        case .says(let text), .answers(let text): words.append(Array(text.utf8))
        case .saysAndCloses(let text), .answersAndCloses(let text):
            words.append(Array(text.utf8))
            isClosed = true
        case .answersTwice: words.append(Array((reply + reply).utf8))
        case .answersAndAdds(let text):
            words.append(Array(reply.utf8))
            words.append(Array(text.utf8))
        case .halfAReply(let closing):
            words.append(Array(reply.utf8.prefix(reply.utf8.count / 2)))
            if closing { isClosed = true } else { hasStopped = true }
        case .drops: break
        }
    }
}

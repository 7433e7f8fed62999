import SMTPProtocol

/// How the sink treats its clients: what it offers and how it misbehaves.
public struct SinkBehaviour: Hashable, Sendable {
    /// Where in a session the connection is closed without a word.
    public enum ClosingPoint: String, CaseIterable, Hashable, Sendable {
        /// Instead of the greeting.
        case connect
        /// Behind the reply to EHLO or HELO.
        case helo
        /// Instead of the reply to MAIL.
        case mail
        /// Instead of the reply to RCPT.
        case rcpt
        /// Behind 354.
        case data
        /// Instead of the reply to the end of a message.
        case message
    }

    /// What is refused at RCPT.
    public enum RecipientFailure: Hashable, Sendable {
        /// Every recipient hears this.
        case all(Reply)
        /// This mailbox alone: 550 5.1.1.
        case mailbox(Mailbox)
    }

    public var hostname = "sink.localhost"
    public var offersPipelining = true
    public var offersEightBitMIME = true
    /// The largest message, in octets.
    public var size = 100 << 20
    public var recipientFailures: [RecipientFailure] = []
    /// Whether each message is refused at its end: 554 5.3.0.
    public var failsData = false
    public var closesAfter: ClosingPoint?
    /// How long each reply takes.
    public var delay = Duration.zero

    public init() {}

    /// The keywords in the reply to EHLO. SMTPUTF8 needs 8BITMIME (RFC 6531 3.1).
    var keywords: [EHLOKeyword] {
        var keywords: [EHLOKeyword] = []
        if offersPipelining { keywords.append(EHLOKeyword("PIPELINING")) }
        keywords.append(EHLOKeyword("SIZE", [String(size)]))
        if offersEightBitMIME { keywords += [EHLOKeyword("8BITMIME"), EHLOKeyword("SMTPUTF8")] }
        return keywords + [EHLOKeyword("DSN"), EHLOKeyword("ENHANCEDSTATUSCODES")]
    }

    func refusal(of recipient: ForwardPath) -> Reply? {
        for failure in recipientFailures {
            switch failure {
            case .all(let reply): return reply
            case .mailbox(let mailbox) where recipient.mailbox == mailbox: return SinkReply.noSuchUser
            case .mailbox: continue
            }
        }
        return nil
    }
}

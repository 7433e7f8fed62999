import Policy
import SMTPProtocol

/// What the client role is told, and what it wants done.
extension ClientSession {
    enum Event: Sendable {
        /// A command of the owner's; connects when there is no connection.
        case send(Command)
        /// Connects when there is no connection, to learn what this upstream can do.
        case open
        /// The answer to `established`: whether what this upstream can do suffices for the commands that wait.
        case vetted(Bool)
        case connected
        /// In place of a new connection: one that has served another session.
        case resumed(KeptUpstream)
        case connectFailed(String)
        /// The handshake is complete.
        case secured(EncryptionFacts)
        /// The handshake has failed, or TLS later on.
        case securityFailed(String)
        /// The answer to `identify`.
        case identified(ClientDescription)
        /// Who the client is now, before MAIL is sent.
        case client(ClientDescription)
        /// Replies of one read, in order; `partial` when the beginning of another one was behind them.
        case replies([Reply], partial: Bool)
        case malformedReply(String)
        case closed
        /// No reply came in time.
        case deadlinePassed
        /// The owner wrote the final dot.
        case contentEnded
        /// The owner writes a whole message behind this, as one chunk; only when `takesWholeMessage`.
        case wholeMessage(octets: Int)
        /// The owner has written it.
        case wholeMessageEnded
        /// The client's response to a challenge.
        case respond(Credential)
        /// Ends the session in good manners if nothing is under way: RSET to keep the connection, or QUIT.
        case finish
        /// Ends the session at once; the upstream drops what it has of a message.
        case abort
    }

    enum Effect: Sendable {
        /// Connect; `mayResume` lets a connection be taken that has served another session.
        case connect(mayResume: Bool)
        case write(Command)
        /// Write a response of AUTH.
        case respond(Credential)
        /// Begin a TLS handshake; what was read before is forgotten.
        case secure
        /// Who is the client? Nothing is said before the owner says `identified`.
        case identify
        /// Write a header of the PROXY protocol.
        case announce(ProxyHeader)
        /// The upstream does not learn who the client is; mail is passed on none the less.
        case unidentified(String)
        /// The connection is gone on with in clear, or another one is made for that.
        case inClear(String)
        /// EHLO is answered: what this upstream can do. Nothing is sent before the owner says `vetted`.
        case established(Capabilities)
        /// The connection is one that has served another session; what its upstream can do is known from then.
        case resumed(Capabilities)
        /// A reply to the oldest request of the owner's.
        case answered(UpstreamRequest, Reply)
        /// So many recipients were not named to the upstream, which has refused MAIL before them.
        case pointless(recipients: Int)
        /// The session is over and `waiting` requests of the owner's stay unanswered, as do those of `takeLost`.
        case lost(UpstreamTrouble, waiting: [UpstreamRequest])
        /// The connection was dead; another one is made, and what was said on it is said again.
        case replaced(UpstreamTrouble)
        /// The session is over, and the connection may serve another one.
        case keep(KeptUpstream)
        /// Close the connection; `afterFlush` lets what was written go out first.
        case close(afterFlush: Bool)
    }
}

import NIOCore
import Policy
import SMTPProtocol

/// What happens to a session.
public enum RelayEvent: Sendable {
    /// The client is connected. `capabilities` is what is known of the upstream, if that is fresh enough.
    case accepted(ClientIdentity, capabilities: Capabilities?)
    /// The client came when the server can take no more; it hears the reply and is let go.
    case turnedAway(OwnReply)
    case clientBytes(ByteBuffer)
    /// The answer to `admit`, unless the client is turned away.
    case admitted
    /// The handshake that `secureClient` asked for is complete.
    case clientSecured(EncryptionFacts)
    /// That handshake has failed, or TLS later on: nothing can be said to the client. The text is for the log.
    case clientSecurityFailed(String)
    /// The answer to `askCapabilities`: what is known of the upstream by now; nil when this session is to ask it.
    case capabilities(Capabilities?)
    /// The client will send no more, but still reads.
    case clientEnded
    /// The client is gone.
    case clientLost
    /// Whether what is written to the client drains.
    case clientWritable(Bool)
    case upstreamConnected(String)
    /// In place of a new connection: one that has served another session.
    case upstreamResumed(String, KeptUpstream)
    case upstreamConnectFailed(String)
    /// The handshake that `secureUpstream` asked for is complete.
    case upstreamSecured(EncryptionFacts)
    /// That handshake has failed, or TLS later on.
    case upstreamSecurityFailed(String)
    case upstreamBytes(ByteBuffer)
    case upstreamClosed
    /// Whether what is written to the upstream drains.
    case upstreamWritable(Bool)
    /// What is known of the client's names; told before the answer to a checkpoint whose rules read them.
    case clientNames(ClientNames)
    /// The spool has taken what it was given.
    case spooled
    /// What was read from the spool; empty at its end.
    case spoolRead(ByteBuffer)
    /// The spool has not done what it was asked.
    case spoolFailed(SpoolFailure)
    /// The answer to a checkpoint.
    case verdict(StageOutcome)
    /// `nextDeadline` has come.
    case deadline
    /// The server stops: at once, or after the transaction under way.
    case shutdown(immediately: Bool)
}

/// Who the client is, as the network says, or a proxy that is believed.
public struct ClientIdentity: Hashable, Sendable {
    /// nil for a client on a Unix socket.
    public var address: IPAddress?
    public var port: Int?
    /// Where the client has connected to; nil where nobody asks.
    public var destination: ProxyHeader.Peer?
    /// Who it has authenticated as with a proxy, as XCLIENT says.
    public var login: String?

    public init(address: IPAddress?, port: Int? = nil, destination: ProxyHeader.Peer? = nil) {
        self.address = address
        self.port = port
        self.destination = destination
    }
}

/// What a session wants done, beside the bytes it wants written.
public enum RelayAction: Sendable {
    /// Connects, or takes a connection that has served another session, if it may and there is one.
    case connectUpstream(mayResume: Bool)
    /// What can the upstream do? Many sessions may want to know at once, and one of them may ask for all.
    case askCapabilities
    /// Closes the upstream connection; `afterFlush` lets what was written go out first. No event follows.
    case closeUpstream(afterFlush: Bool)
    /// Keeps the upstream connection for another session. No event follows.
    case keepUpstream(KeptUpstream)
    /// Closes the client's connection once what was written has gone out. A client that did not ask for it may still
    /// be sending: it must be given time to read the last reply. No event follows.
    case closeClient(isOrderly: Bool)
    /// Counts the client among those of its address; `admitted` or `turnedAway` follows.
    case admit(ClientIdentity)
    /// What are the client's names? `clientNames` follows.
    case askClientNames
    /// Begins TLS with the client, as its server, behind what was written before. Octets that are not TLS are no more
    /// the session's; those received already are handed over.
    case secureClient(received: ByteBuffer?)
    /// Begins TLS with the upstream, as its client.
    case secureUpstream
    /// What the upstream can do, for the sessions to come.
    case learnt(Capabilities)
    /// Writes to the session's spool file, reads from it, or forgets it.
    case spool(SpoolRequest)
    case record(TransactionRecord)
    case note(SessionNote)
}

/// Something for the log that is not the end of a transaction.
public enum SessionNote: Hashable, Sendable {
    case upstreamTrouble(UpstreamTrouble)
    /// A connection was dead and a new one is made in its place; the client notices nothing.
    case upstreamReplaced(UpstreamTrouble)
    /// The connection to the upstream is not encrypted, though it should be if possible.
    case upstreamInClear(String)
    /// The upstream does not learn who the client is; the mail is passed on.
    case upstreamUnidentified(String)
    /// A proxy's connection does not begin as it must.
    case proxyHeaderFailed(String)
    /// TLS with the client has failed.
    case clientSecurityFailed(String)
    /// So many octets came behind STARTTLS and before the handshake; they were thrown away (RFC 3207 6).
    case plaintextDropped(Int)
    /// The client has logged in.
    case authenticated(AuthenticationFacts)
    /// A client's login has failed: with which code of the upstream's, and how many of the client's count now. The user
    /// is who it claimed to be.
    case authenticationFailed(AuthenticationFacts, ReplyCode, failures: Int)
    /// The spool has not taken or given back a message, or its quota is used up.
    case spoolFailed(String)
    case policyLine(String)
    case policyFailure(PolicyFailure)
    case ended(String)
}

/// What a session wants written and done; the owner empties it after every event: first the bytes, then the actions.
public struct RelayOutput: Sendable {
    public var toClient = ByteBuffer()
    /// In order; large pieces are slices of what the client sent.
    public var toUpstream: [ByteBuffer] = []
    public var actions: [RelayAction] = []

    /// Pieces below this size are copied together: one write of a small message instead of many.
    private static let copiedPiece = 16 * 1024

    public init() {}

    public var hasBytesForUpstream: Bool {
        mutating get { !toUpstream.isEmpty && toUpstream.contains { $0.readableBytes > 0 } }
    }

    /// Gives each piece of what goes upstream, in order.
    public mutating func forEachPieceForUpstream(_ body: (ByteBuffer) -> Void) {
        for index in toUpstream.indices where toUpstream[index].readableBytes > 0 { body(toUpstream[index]) }
    }

    /// All that goes upstream, when that is one small piece.
    public var smallPieceForUpstream: ByteBuffer? {
        guard toUpstream.count == 1, 1...Self.copiedPiece ~= toUpstream[0].readableBytes else { return nil }
        return toUpstream[0]
    }

    /// Forgets octets of the client's that are written, from the first on.
    public mutating func clearClient(_ count: Int) {
        toClient.moveReaderIndex(forwardBy: count)
        if toClient.readableBytes == 0 { toClient.clear() }
    }

    /// Forgets octets of `smallPieceForUpstream` that are written, from the first on.
    public mutating func clearUpstream(_ count: Int) {
        toUpstream[0].moveReaderIndex(forwardBy: count)
        if toUpstream[0].readableBytes == 0 { clearUpstream() }
    }

    /// Forgets what goes upstream once it is written; storage that nobody else holds serves again.
    public mutating func clearUpstream() {
        guard toUpstream.count == 1, toUpstream[0].storageCapacity <= Self.keptStorage else {
            toUpstream.removeAll(keepingCapacity: true)
            return
        }
        toUpstream[0].clear()
    }

    /// Storage of at most this size is kept between writes.
    private static let keptStorage = 1024
    /// What most commands take.
    private static let firstStorage = 256

    mutating func send(_ reply: Reply) {
        reply.write(into: &toClient)
    }

    /// Makes room for pieces that come to so many octets, which are sent next.
    mutating func reserve(_ octets: Int) {
        guard octets <= Self.copiedPiece else { return }
        withLastPiece { $0.reserveCapacity(minimumWritableBytes: octets) }
    }

    mutating func send(_ header: ProxyHeader, isBinary: Bool) {
        withLastPiece { isBinary ? header.writeBinary(into: &$0) : header.writeLine(into: &$0) }
    }

    mutating func send(_ command: Command) {
        withLastPiece { command.write(into: &$0) }
    }

    mutating func send(_ response: Credential) {
        withLastPiece { response.writeLine(into: &$0) }
    }

    mutating func sendContent(_ piece: ByteBuffer) {
        guard piece.readableBytes > 0 else { return }
        if piece.readableBytes <= Self.copiedPiece {
            withLastPiece { $0.writeImmutableBuffer(piece) }
        } else {
            toUpstream.append(piece)
        }
    }

    private mutating func withLastPiece(_ write: (inout ByteBuffer) -> Void) {
        if toUpstream.isEmpty || toUpstream[toUpstream.count - 1].readableBytes > Self.copiedPiece {
            toUpstream.append(ByteBufferAllocator().buffer(capacity: Self.firstStorage))
        }
        write(&toUpstream[toUpstream.count - 1])
    }
}

import NIOCore
import Policy
import RelayCore
import SMTPProtocol
import TLSEngine

/// The interpreter of one `RelaySession`: callbacks of both channels become events, and its output becomes writes,
/// connections and closes. It decides nothing.
///
/// Both channels live on the same event loop, and so does this object. What the channels of a loop have read in one of its
/// turns is dealt with behind all reads, and what comes of it is written behind that: the code of each of these steps is
/// then at hand for all sessions but the first. Channels are closed when all is written. Reading from one side stops
/// while the other does not drain.
final class RelayConnection {
    var session: RelaySession
    let service: ListenerService
    let loop: LoopState
    /// What the loop's sessions know of this one's upstream.
    let knowledge: UpstreamKnowledge
    private var isAdmitted: Bool
    /// The address that the session is counted by.
    private var counted: IPAddress?
    /// The place in the list of the loop's sessions.
    var index = -1
    private(set) var nextDeadline: UInt64 = .max

    var client: ChannelHandlerContext?
    /// A client that is to be closed once it has been told what there is to say.
    var departing: ChannelHandlerContext?
    /// Of the client's channel, while nothing on it is encrypted.
    var clientSocket: ChannelSocket?
    private let readSizes: ClientReadSizes
    var upstream: UpstreamHandler?
    var identity: ClientIdentity
    private var clientIsWritable = true
    var upstreamIsWritable = true
    /// A connection was asked for that is not established.
    var isTryingUpstream = false
    /// What was read in this turn of the loop and is not dealt with yet.
    var reads: [Waiting] = []
    /// What was called back while something else was dealt with: it comes before further reads.
    var waiting: [Waiting] = []
    /// The loop will come back to this session in this turn.
    var isDue = false
    /// Writing, flushing and closing call back at once: what they report waits until the event at hand is dealt with.
    var isDelivering = false
    /// What is written with that of other sessions.
    var offered = Offered()
    /// Storage for what the session wants done, kept from one event to the next.
    private var spareActions: [RelayAction] = []
    /// Channels to close once everything is flushed.
    var closings: [Closing] = []
    /// A read of the client's that was put off because the upstream does not drain.
    private var hasHeldClientRead = false
    var nameInquiry = NameInquiry.none
    private lazy var spool = service.spoolFolder.map { SessionSpool(in: $0, on: loop.eventLoop) }
    private var isOver = false

    /// How far the client's names have been looked up.
    enum NameInquiry {
        case none, asked, answered
    }

    enum Waiting {
        /// Rare, and large: in a box of its own.
        indirect case event(RelayEvent)
        case clientBytes(ByteBuffer)
        case upstreamBytes(ByteBuffer, from: UpstreamHandler)
        case upstreamConnected(UpstreamHandler)
    }

    /// The numbers that `BatchedWrites` has given.
    struct Offered {
        var toClient: Int?
        var toUpstream: Int?
    }

    enum Closing {
        case client(ChannelHandlerContext, isOrderly: Bool)
        case upstream(UpstreamHandler)
        case keeping(UpstreamHandler, KeptUpstream)
    }

    /// What may wait to be understood before the client is no longer read.
    private static let bufferedOctets = 64 * 1024

    init(
        service: ListenerService,
        loop: LoopState,
        client: ChannelHandlerContext,
        reads: ClientReadSizes,
        identity: ClientIdentity,
        admitted: Bool
    ) {
        self.service = service
        self.loop = loop
        knowledge = loop.knowledge(of: service.upstream)
        self.client = client
        clientSocket = ChannelSocket(of: client)
        readSizes = reads
        isAdmitted = admitted
        self.identity = identity
        counted = service.counted(identity)
        session = RelaySession(settings: service.sharedSettings, identifier: loop.makeIdentifier())
    }

    // MARK: Events

    func start(turnedAway reply: OwnReply?) {
        loop.add(self)
        if let reply {
            begin(with: .turnedAway(reply))
        } else {
            begin(with: .accepted(identity, capabilities: knowledge.capabilities))
        }
    }

    func handle(_ event: consuming RelayEvent, at now: Moment) {
        guard !isOver else { return }
        if case .clientNames = event, nameInquiry == .asked { nameInquiry = .answered }
        session.handle(event, at: now)
        while let stage = session.checkpoint, knowsNames(for: stage, at: now) {
            let outcome = session.judged(by: service.policies, at: stage, counting: service.resources.rates)
            if !outcome.fired.isEmpty { loop.log.held(outcome.fired) }
            session.handle(.verdict(consume outcome), at: now)
        }
        nextDeadline = session.nextDeadline
        carryOut()
        readSizes.areOfContent = session.isReceivingContent
    }

    /// The client is another one than it seemed: it counts among the sessions of its own address.
    private func admit(_ client: ClientIdentity) {
        identity = client
        nameInquiry = .none
        let refusal = loop.admission.move(from: counted, to: client.address)
        counted = client.address
        isAdmitted = refusal == nil
        deliver(refusal.map { .turnedAway($0) } ?? .admitted)
    }

    // MARK: Output

    /// Does what the session wants done; what it wants written waits for the flush.
    private func carryOut() {
        guard !session.output.actions.isEmpty else { return }
        var actions = spareActions
        spareActions = []
        swap(&actions, &session.output.actions)
        // Taken out one by one: none is copied.
        if actions.count > 1 { actions.reverse() }
        while let action = actions.popLast() {
            carryOut(action)
        }
        spareActions = actions
    }

    private func carryOut(_ action: consuming RelayAction) {
        switch consume action {
        case .connectUpstream(let mayResume):
            if !mayResume || !resumeUpstream() { connectUpstream() }
        case .askCapabilities:
            knowledge.inquire(for: self)
        case .closeUpstream:
            writeUpstream()
            if let upstream { closings.append(.upstream(upstream)) }
            upstream = nil
            upstreamIsWritable = true
        case .keepUpstream(let kept):
            if let upstream { closings.append(.keeping(upstream, kept)) }
            upstream = nil
            upstreamIsWritable = true
        case .closeClient(let isOrderly):
            closeClient(isOrderly: isOrderly)
        case .admit(let client):
            admit(client)
        case .askClientNames:
            askClientNames()
        case .secureClient(let received):
            secureClient(received)
        case .secureUpstream:
            secureUpstream()
        case .learnt(let capabilities):
            isTryingUpstream = false
            knowledge.learn(capabilities)
        case .spool(let request):
            spool?.carryOut(request) { self.deliver($0) }
        case .record(let record):
            loop.log.record(record)
        case .note(let note):
            if note.isOfServer, isTryingUpstream {
                isTryingUpstream = false
                knowledge.connectingFailed(at: loop.now())
            }
            if case .upstreamTrouble = note { knowledge.inquiryFailed(of: self) }
            loop.log.note(note, session: session.identifier, client: identity)
        }
    }

    // MARK: Client

    /// Whether the client may be read now. One that was let go may always: what it still sends is thrown away, so that
    /// it can come to read its last reply.
    var mayReadClient: Bool {
        guard client != nil else { return true }
        guard clientIsWritable, upstreamIsWritable else { return false }
        guard !session.isSpooling else { return false }
        return session.wantsClientBytes || session.bufferedClientOctets < Self.bufferedOctets
    }

    func clientWritabilityChanged(_ isWritable: Bool) {
        catchUp()
        clientIsWritable = isWritable
        deliver(.clientWritable(isWritable))
    }

    /// Lets the next message be read in small pieces at first. Called now and then: of messages that come close together
    /// each is read as the one before was.
    func reduceReads() {
        if !session.isReceivingContent { readSizes.forgetContent() }
    }

    func holdClientRead() {
        hasHeldClientRead = true
    }

    func resumeClientReads() {
        guard hasHeldClientRead, mayReadClient else { return }
        hasHeldClientRead = false
        client?.read()
    }

    private func closeClient(isOrderly: Bool) {
        guard let client else { return }
        if isOrderly, session.output.toClient.readableBytes > 0 { ClientCloser.sendLastReplyWithEnd(client) }
        departing = client
        self.client = nil
        hasHeldClientRead = false
        closings.append(.client(client, isOrderly: isOrderly))
    }

    /// Puts TLS between the client and what is said from now on.
    private func secureClient(_ received: ByteBuffer?) {
        writeClient()
        guard let client, let security = service.security else { return }
        do {
            let connection = try TLSConnection(
                server: security.context,
                tickets: service.resources.ticketKeys,
                asksForCertificate: service.asksForCertificate
            )
            clientSocket = nil
            try client.pipeline.syncOperations.addHandler(TLSHandler(connection), position: .first)
            if let received, received.readableBytes > 0 {
                client.pipeline.syncOperations.fireChannelRead(NIOAny(received))
            }
        } catch {
            deliver(.clientSecurityFailed("\(error)"))
        }
    }

    func clientInactive() {
        catchUp()
        guard client != nil else { return }
        client = nil
        deliver(.clientLost)
    }

    /// Both connections are gone: the session leaves the lists.
    func endIfOver() {
        guard client == nil, upstream == nil, !isOver else { return }
        isOver = true
        loop.remove(self)
        knowledge.inquiryAbandoned(by: self)
        if isAdmitted { loop.admission.leave(counted) }
    }
}

extension SessionNote {
    /// Whether the server itself is the trouble, so that it is left alone for a while.
    fileprivate var isOfServer: Bool {
        switch self {
        case .upstreamTrouble(.unreachable), .upstreamTrouble(.loginRefused): true
        default: false
        }
    }
}

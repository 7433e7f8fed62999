import MailMessage
import NIOCore
import Policy
import SMTPProtocol

/// One relayed session: the server role towards the client, the client role towards the upstream, and the policy
/// asked in between.
///
/// `handle` takes what happened and leaves in `output` what to write and to do; `nextDeadline` says when to come back.
/// When `checkpoint` is not nil, the policy is to be asked about `facts` at that stage, and `.verdict` brings its
/// answer, at once or later; until then nothing of the client is read.
///
/// Invariants: the client hears 2yz to its end-of-data only when the upstream said 2yz to ours. The upstream sees
/// commands that were printed from values, and content that holds no bare CR or LF and no early end-of-data. The final
/// dot is sent at most once for each of the client's. What may pass is answered 4yz.
///
/// The content of a message goes through `message`, a machine of its own (see `RelaySession+Content`).
///
/// What is asked of a session at every event is `mutating get`, though it changes nothing: a session is a few thousand
/// octets, and is passed by reference to what may change it, but copied for what may not.
public struct RelaySession: ~Copyable, Sendable {
    let sharedSettings: Shared<RelaySettings>
    /// Names the session in replies and in the log.
    public let identifier: String
    public internal(set) var facts: Facts
    public var output = RelayOutput()

    var server: ServerSession
    var client: ClientSession
    var clientFramer = ClientFramer()
    var replyFramer = ReplyFramer()
    var clientIdentity = ClientIdentity(address: nil)
    /// The proxy that has said who the client is.
    var proxyIdentity: ClientIdentity?
    /// A header of the PROXY protocol is awaited.
    var proxyHeader: ProxyHeaderFramer?
    /// What came behind it, until it is known what that is.
    var octetsBehindHeader: ByteBuffer?
    /// Whose connection it is by its address or header, XCLIENT aside.
    var xclientUser: IPAddress?
    /// TLS with the client is active.
    var isSecured = false
    /// The client's names were asked for to tell the upstream.
    var namesAreForUpstream = false
    var offer: Offer
    /// What is known of the upstream without a connection.
    var knownCapabilities: Capabilities?
    var upstreamServer: String?
    var hiddenKeywords: [String] = []
    /// Tags that rules have set at `connect`; those of `sessionTags` at the last EHLO or HELO too.
    var connectTags: Set<String> = []
    var sessionTags: Set<String> = []
    /// What a refused EHLO leaves as it was (RFC 5321 4.1.4).
    var acceptedHello: HeloArgument?
    var tagsBeforeHello: Set<String> = []
    var pending: Question?
    /// The policy's answer, which is put off for as long as a rule lets the client wait.
    var delayed = Rare<(question: Question, outcome: StageOutcome)>()
    /// A client's AUTH that is under way.
    var exchange: AuthenticationExchange?
    /// The answer to a login that failed, which is put off.
    var withheldReply: Reply?
    var failedLoginsHere = 0
    /// An EHLO that waits for the upstream's.
    var heldHello: HeloArgument?
    /// Commands that wait for the upstream to be ready.
    var unsent: [Command] = []
    var transaction: Transaction?
    var transactionCount = 0
    var message = MessagePhase.none
    var held = HeldContent()
    /// Sees the parts of the message, when somebody asks for them.
    var scanner = Rare<MIMEScanner>()
    /// What rules change in the content of the message.
    var contentEdits = ContentEdits()
    /// Changes the held message on its way upstream.
    var rewriter = Rare<ContentRewriter>()
    /// Of a message whose bare line ends are made whole.
    var normaliser: LineEndNormaliser?
    var stuffer = DataStuffer()
    /// What is written to the upstream drains.
    var upstreamDrains = true
    var refusal = Refusal(stage: .message, source: .proxy, rule: nil, detail: nil, octets: 0)
    /// The client said EHLO.
    var isExtended = false
    var began = Moment(nanoseconds: 0)
    var now = Moment(nanoseconds: 0)
    var deadlines = Deadlines()
    var clientState = ClientState.open
    var isShuttingDown = false
    /// Storage of effects, kept from one event to the next; an event within an event makes its own.
    private var spareServerEffects: [ServerSession.Effect] = []
    private var spareClientEffects: [ClientSession.Effect] = []
    var spareReplies: [Reply] = []

    /// What is left of the client's connection.
    enum ClientState: Sendable {
        case open
        /// It will send no more.
        case ended
        case gone
    }

    public init(settings sharedSettings: Shared<RelaySettings>, identifier: String) {
        self.sharedSettings = sharedSettings
        self.identifier = identifier
        server = ServerSession(identifier: identifier, errorLimit: sharedSettings.value.limits.errors)
        client = ClientSession(
            name: sharedSettings.value.ownNames.hello,
            capabilityMemory: sharedSettings.value.capabilityMemory,
            security: sharedSettings.value.upstreamSecurity,
            login: sharedSettings.value.upstreamLogin,
            identification: sharedSettings.value.identify,
            transactionsWhenKept: sharedSettings.value.reuseByAnyone?.transactions ?? 0
        )
        offer = sharedSettings.value.nothingOffered
        facts = Facts()
        facts.listener = sharedSettings.value.listener
        facts.hostname = sharedSettings.value.hostname
        facts.sessionIdentifier = identifier
    }

    public init(settings: RelaySettings, identifier: String) {
        self.init(settings: Shared(settings), identifier: identifier)
    }

    /// What the session has in common with those of its listener.
    public var settings: RelaySettings { sharedSettings.value }

    /// The stage at which the policy is to be asked now.
    public var checkpoint: Stage? {
        mutating get { pending?.stage }
    }

    /// Whether the upstream's answer to a final dot is awaited: the one thing that must not be cut short.
    public var awaitsFinalReply: Bool {
        client.awaitsFinalReply
    }

    /// Whether the policy's answer is awaited, or put off.
    var isJudging: Bool {
        mutating get { pending != nil || !delayed.isEmpty }
    }

    /// Octets of the client's that wait to be understood; a session that waits should not be given many more.
    public var bufferedClientOctets: Int {
        mutating get { clientFramer.bufferedByteCount }
    }

    /// Whether the client is sending a message.
    public var isReceivingContent: Bool {
        mutating get { server.isReceivingContent }
    }

    /// Whether content is being written to the spool: no more of it should be read meanwhile.
    public var isSpooling: Bool {
        mutating get { if case .lookahead = message { held.spooled.isAwaited } else { false } }
    }

    /// Whether anything of the client can be understood now.
    public var wantsClientBytes: Bool {
        mutating get { awaitsProxyHeader || (!isJudging && expectation != .nothing) }
    }

    var expectation: ClientFramer.Expectation {
        mutating get {
            if case .opening = message { return .nothing }
            if isSpooling { return .nothing }
            return server.expectation(lineLimit: offer.commandLineLimit)
        }
    }

    public mutating func handle(_ event: RelayEvent, at moment: Moment) {
        now = moment
        switch event {
        case .accepted(let identity, let capabilities):
            accepted(identity, capabilities)
        case .turnedAway(let reply):
            if began.nanoseconds == 0 { began = moment }
            // A handshake costs more than a client is worth that is let go.
            let isHeard = settings.clientSecurity != .implicit || isSecured
            server(isHeard ? .opened(reply.reply(session: identifier)) : .close(nil))
        case .clientBytes(let bytes):
            guard clientState == .open, !server.isSecuring else { return }
            guard !awaitsProxyHeader else {
                receiveProxyHeader(bytes)
                break
            }
            deadlines.received(bytes.readableBytes)
            clientFramer.receive(bytes)
        case .admitted:
            admitted()
        case .clientSecured(let encryption):
            clientSecured(encryption)
        case .clientSecurityFailed(let why):
            clientSecurityFailed(why)
        case .capabilities(let capabilities):
            learn(capabilities)
        case .clientEnded:
            if clientState == .open { clientState = .ended }
            proxyHeaderEnded()
        case .clientLost:
            proxyHeaderEnded()
            loseClient()
        case .clientWritable(let isWritable):
            deadlines.clientDrains(isWritable)
        case .upstreamConnected(let name):
            upstreamServer = name
            client(.connected)
        case .upstreamResumed(let name, let kept):
            upstreamServer = name
            client(.resumed(kept))
        case .upstreamConnectFailed(let why):
            client(.connectFailed(why))
        case .upstreamSecured(let encryption):
            client(.secured(encryption))
        case .upstreamSecurityFailed(let why):
            client(.securityFailed(why))
        case .upstreamBytes(let bytes):
            // What is decrypted comes behind the end of the handshake: this was said in clear, behind the 220.
            if client.state == .securing {
                client(.securityFailed("plaintext behind STARTTLS"))
            } else {
                receiveFromUpstream(bytes)
            }
        case .upstreamClosed:
            client(.closed)
        case .upstreamWritable(let isWritable):
            deadlines.upstreamDrains(isWritable)
            upstreamDrains = isWritable
            continueReplay()
        case .spooled:
            spoolAnswered()
        case .spoolRead(let content):
            replay(content)
        case .spoolFailed(let failure):
            spoolFailed(failure)
        case .clientNames(let names):
            clientNamesKnown(names)
        case .verdict(let outcome):
            resume(outcome)
        case .deadline:
            deadlinePassed()
        case .shutdown(let immediately):
            shutDown(immediately: immediately)
        }
        if !delayed.isEmpty, let question = delayed.value?.question, !isOpen(question) { forgetQuestion() }
        readClient()
        endIfLoginIsLost()
        if isShuttingDown { shutDown(immediately: false) }
        updateDeadlines()
    }

    /// Understands what the client has sent, as far as it may go now.
    private mutating func readClient() {
        while !isJudging, !isStranded, let frame = clientFramer.next(expectation) {
            deadlines.clientProgressed = true
            switch frame {
            case .line(let line) where server.awaitsResponse:
                respond(line)
            case .overlongLine where server.awaitsResponse:
                cancel(.responseTooLong)
            case .bareLineFeed where server.awaitsResponse:
                cancel(.responseInvalid)
            case .line(let line):
                do throws(CommandSyntaxError) {
                    server(.received(try Command(parsing: line)))
                } catch {
                    server(.malformed(error))
                }
            case .overlongLine:
                server(.overlongLine)
            case .bareLineFeed:
                server(.bareLineFeed)
            case .content(let content):
                receive(content)
            case .endOfData:
                receiveEndOfData()
            }
        }
        if clientState == .ended, wantsClientBytes, !server.owesReplies {
            loseClient()
        }
    }

    private mutating func accepted(_ identity: ClientIdentity, _ capabilities: Capabilities?) {
        began = now
        deadlines.session = now.adding(settings.timeouts.session)
        clientIdentity = identity
        knownCapabilities = capabilities
        facts.clientAddress = identity.address
        facts.clientPort = identity.port
        if settings.trusted.sendsHeader(identity.address) {
            proxyHeader = ProxyHeaderFramer()
        } else {
            xclientUser = identity.address
            greet()
        }
    }

    // MARK: The two roles

    mutating func server(_ event: consuming ServerSession.Event) {
        var effects = spareServerEffects
        spareServerEffects = []
        server.handle(consume event, &effects)
        // Taken out one by one: none is copied.
        if effects.count > 1 { effects.reverse() }
        while let effect = effects.popLast() {
            switch consume effect {
            case .send(let reply):
                if clientState != .gone { output.send(reply) }
                deadlines.clientProgressed = true
            case .perform(let command):
                perform(command)
            case .close(let isOrderly):
                closeClient(isOrderly: isOrderly)
            }
        }
        spareServerEffects = effects
    }

    mutating func client(_ event: consuming ClientSession.Event) {
        var effects = spareClientEffects
        spareClientEffects = []
        client.handle(consume event, &effects)
        // All that has come of the event is taken in before the next command goes on: it may want another connection,
        // and this one may have an end among its effects.
        let isOutermost = !server.isHeldBack
        server.isHeldBack = true
        if effects.count > 1 { effects.reverse() }
        while let effect = effects.popLast() {
            apply(effect)
        }
        spareClientEffects = effects
        guard isOutermost else { return }
        if server.hasHeldBack { server(.released) } else { server.isHeldBack = false }
    }

    /// Answers the command that is being performed.
    mutating func answer(_ reply: OwnReply) {
        server(.answeredLatest(reply.reply(session: identifier)))
    }
}

import Policy
import SMTPProtocol

/// The client role: what Gatepost says to an upstream, and which reply answers what.
///
/// States: `absent` (no connection) → `connecting` → `greeted by it` → EHLO, and HELO where EHLO is refused →
/// `ready` → `content` (354 came, the message follows) → `ready` again once the final dot is answered; `ending` after
/// QUIT or trouble, until the owner has closed the connection; or `returning`, after RSET, until the owner keeps it for
/// another session. `lost` lasts until the owner has taken in that the session is over: what it sends until then, in
/// answer to replies that came before the end, is lost with the rest and opens no other connection.
///
/// `securing` is a TLS handshake: behind the 220 to STARTTLS, after which EHLO is said again (RFC 3207 4.2), or before the
/// greeting. Where encryption is wanted if possible, an upstream that does not offer it, or refuses it, is gone on with in
/// clear, and one whose handshake fails is connected to once more, in clear. Whatever came in clear behind the 220 ends
/// the session.
///
/// `identifying` is where the upstream learns who the client is, if it is to: see `ClientSession+Identity`.
///
/// `loggingIn` is Gatepost's own AUTH behind the last EHLO, where it has a login of its own. `challenged` is a client's: the
/// upstream waits for its response. Once a client's AUTH was sent the connection is that client's: it is never kept for
/// another session, and never replaced by one on which nobody has logged in.
///
/// Commands are sent at once, or wait in order: for the session to be established, and for the replies before them
/// unless both sides of RFC 2920 are met. Replies are matched by count.
///
/// The surprising thing: all replies that came in one read are handed over together. A reply that nobody asked for
/// ends the session, and nothing is sent once the first octet of one is seen: not even what the answers before it would
/// allow. So a `250` that an upstream says too early is never taken for the answer to the final dot.
///
/// A message that goes as one chunk is followed by RSET at once, whose answer is waited for behind a 2yz: a reply too many
/// that was on its way before the chunk takes the place of its answer, and its answer that of the one to RSET, so that a
/// refusal is noticed. (Where a recipient was refused the owner does without chunks.)
///
/// A connection can be dead before anybody notices: the upstream has closed it while it was idle. As long as neither MAIL
/// nor what stands behind it is answered, it is replaced by a new one where all of that is said again, once.
///
/// Not handled: time (the owner has deadlines), content (the owner writes it between `answered(.data, 354)` and
/// `contentEnded`, or between `wholeMessage` and `wholeMessageEnded`), and which upstream to use.
struct ClientSession: Sendable {
    enum State: Hashable, Sendable {
        case absent
        case connecting
        case securing
        case greeting
        case hello
        case identifying
        case loggingIn
        case ready
        case challenged
        case content
        case ending
        case returning
        case lost
    }

    var state = State.absent
    var capabilities: Capabilities?
    /// Requests sent, oldest first.
    var outstanding: [UpstreamRequest] = []
    /// Commands that wait to be sent.
    var queue: [Command] = []
    /// The 2yz to a chunk, as long as the answer to the RSET behind it has not come.
    var unconfirmed: Reply?
    /// RSET was answered with 2yz, and nothing was sent since.
    var isReset = false
    /// Something came that was not asked for: nothing more is sent.
    var isTainted = false
    /// The owner has looked at the capabilities: commands may be sent.
    var isVetted = false
    /// Transactions begun on this connection.
    private(set) var transactions = 0
    /// MAIL and what was said behind it, as long as none of it is answered.
    var unanswered: [Command] = []
    /// The connection has stood idle after it served, and may have died meanwhile.
    var hasServed = false
    /// The connection stands for one that was dead, and has not answered yet.
    var isReplacement = false
    /// How the connection is encrypted; nil when it is not.
    var encryption: EncryptionFacts?
    /// What an upstream said to EHLO that is asked for TLS.
    var offeredInClear = Capabilities.none
    /// A handshake has failed: the connection is to be in clear.
    var isInClear = false
    /// The client as the upstream was told of it.
    var description: ClientDescription?
    /// The upstream knows who the client is, or needs not.
    var isIdentified = false
    /// What an upstream said to EHLO before it knew who the client is.
    var offeredBefore = Capabilities.none
    /// A client's AUTH was sent.
    private(set) var isClaimed = false
    /// A client's AUTH has succeeded.
    var isAuthenticated = false
    /// Gatepost has logged in.
    var isLoggedIn = false
    /// Of Gatepost's own AUTH: what is still to be said, in answer to challenges.
    var loginResponses: [Credential] = []
    /// What an upstream said to EHLO that Gatepost logs in to.
    var offeredBeforeLogin = Capabilities.none
    let security: UpstreamSecurity
    let login: UpstreamLogin?
    let identification: UpstreamIdentification
    /// What Gatepost is called.
    let name: HeloArgument
    let capabilityMemory: CapabilityMemory
    /// Transactions after which a connection is not kept for another session; 0 keeps none.
    let transactionsWhenKept: Int

    init(
        name: HeloArgument,
        capabilityMemory: CapabilityMemory,
        security: UpstreamSecurity = .none,
        login: UpstreamLogin? = nil,
        identification: UpstreamIdentification = .none,
        transactionsWhenKept: Int = 0
    ) {
        self.name = name
        self.capabilityMemory = capabilityMemory
        self.security = security
        self.login = login
        self.identification = identification
        self.transactionsWhenKept = transactionsWhenKept
    }

    /// Whether a reply is awaited, or a connection.
    var isWaiting: Bool {
        state == .connecting || state == .securing || state == .identifying || !outstanding.isEmpty || isTainted
    }

    /// Whether the reply awaited is the one to the end of a message.
    var awaitsFinalReply: Bool {
        outstanding.last == .endOfData || outstanding.last == .confirmation
    }

    /// Whether the connection is being made, up to the greeting, or a handshake is under way.
    var isConnecting: Bool {
        state == .connecting || state == .securing || state == .greeting || state == .identifying
    }

    /// Whether a whole message may be sent now as one chunk (RFC 3030), which spares the exchange of DATA and 354. RSET stands
    /// behind it, so the upstream has to know PIPELINING too.
    var takesWholeMessage: Bool {
        guard let capabilities, capabilities.chunking, capabilities.pipelining else { return false }
        return isIdle && isVetted && !isTainted
    }

    /// Whether QUIT was sent, or RSET before the connection is kept.
    var isEnding: Bool {
        state == .ending || state == .returning
    }

    /// Whether the connection is up and no transaction or question is under way.
    var isIdle: Bool {
        state == .ready && outstanding.isEmpty && queue.isEmpty
    }

    mutating func handle(_ event: consuming Event, _ effects: inout [Effect]) {
        switch consume event {
        case .send(let command):
            if state == .ready, identification == .xforward {
                queue.append(contentsOf: forwarding(command))
            } else {
                queue.append(command)
            }
            // Who logs in wants a connection that lives: what was said in AUTH cannot be said again.
            open(&effects, mayResume: command.verb != .auth)
            sendQueued(&effects)
        case .open:
            open(&effects)
        case .vetted(true):
            isVetted = true
            sendQueued(&effects)
        case .vetted(false):
            lose(.capabilitiesShrank, closing: true, &effects)
        case .connected:
            guard state == .connecting else { return }
            connected(&effects)
        case .resumed(let kept):
            guard state == .connecting else { return }
            capabilities = kept.capabilities
            transactions = kept.transactions
            encryption = kept.encryption
            isLoggedIn = login != nil
            hasServed = true
            state = .ready
            effects.append(.resumed(kept.capabilities))
        case .connectFailed(let why):
            guard state == .connecting else { return }
            lose(.unreachable(why), closing: false, &effects)
        case .secured(let encryption):
            secured(encryption, &effects)
        case .securityFailed(let why):
            guard state == .securing else { return closed(&effects) }
            securingFailed(why, &effects)
        case .identified(let client):
            identified(client, &effects)
        case .client(let client):
            clientChanged(client, &effects)
        case .replies(let replies, let partial):
            receive(replies, partial: partial, &effects)
        case .malformedReply(let what):
            guard !isEnding else { return close(&effects) }
            guard !isGone else { return }
            lose(isEstablishing ? .unreachable(what) : .confused(what), closing: true, &effects)
        case .closed:
            closed(&effects)
        case .deadlinePassed:
            guard !isEnding else { return close(&effects) }
            guard !isGone else { return }
            guard state != .securing else { return securingFailed("no answer in time", &effects) }
            lose(isEstablishing ? .unreachable("no answer in time") : .silent, closing: true, &effects)
        case .contentEnded:
            outstanding.append(.endOfData)
        case .wholeMessage(let octets):
            state = .content
            outstanding.append(.endOfData)
            effects.append(.write(.bdat(octets: octets, isLast: true)))
        case .wholeMessageEnded:
            outstanding.append(.confirmation)
            effects.append(.write(.rset))
        case .respond(let response):
            respond(response, &effects)
        case .finish:
            finish(&effects)
        case .abort:
            guard !isGone else { return }
            close(&effects)
        }
    }

    private var isEstablishing: Bool {
        switch state {
        case .connecting, .securing, .greeting, .hello, .identifying, .loggingIn: true
        case .absent, .ready, .challenged, .content, .ending, .returning, .lost: false
        }
    }

    /// Forgets the connection; the next command opens another.
    mutating func reset() {
        state = .absent
        capabilities = nil
        outstanding.removeAll(keepingCapacity: true)
        queue.removeAll(keepingCapacity: true)
        unconfirmed = nil
        isReset = false
        isTainted = false
        isVetted = false
        transactions = 0
        unanswered.removeAll(keepingCapacity: true)
        hasServed = false
        isReplacement = false
        encryption = nil
        isInClear = false
        isClaimed = false
        isAuthenticated = false
        isLoggedIn = false
        loginResponses.removeAll()
        description = nil
        isIdentified = false
    }

    private mutating func open(_ effects: inout [Effect], mayResume: Bool = true) {
        guard state == .absent else { return }
        state = .connecting
        effects.append(.connect(mayResume: mayResume))
    }

    mutating func close(_ effects: inout [Effect]) {
        reset()
        effects.append(.close(afterFlush: false))
    }

    private mutating func closed(_ effects: inout [Effect]) {
        switch state {
        case .absent, .lost:
            return
        case .connecting, .greeting, .hello, .identifying, .loggingIn:
            lose(.unreachable("closed before it was ready"), closing: true, &effects)
        case .securing:
            securingFailed("closed the connection", &effects)
        case .ready, .challenged, .content:
            if replace(.closed, &effects) { return }
            lose(.closed, closing: true, &effects)
        case .ending, .returning:
            close(&effects)
        }
    }

    mutating func sendQueued(_ effects: inout [Effect]) {
        guard state == .ready, isVetted, !isTainted, !queue.isEmpty else { return }
        if queue.count == 1, maySend, let command = queue.popLast() { return send(command, &effects) }
        var sent = 0
        while sent < queue.count, maySend {
            send(queue[sent], &effects)
            sent += 1
        }
        queue.removeFirst(sent)
    }

    /// Whether a command may be sent beside what is not answered yet.
    private var maySend: Bool {
        guard let last = outstanding.last else { return true }
        return last.allowsPipelining && capabilities?.pipelining == true
    }

    private mutating func send(_ command: Command, _ effects: inout [Effect]) {
        let request = UpstreamRequest(command)
        if request == .mail {
            transactions &+= 1
        }
        if request == .authentication { isClaimed = true }
        let isFirst = request == .mail && outstanding.allSatisfy { $0 == .reset || $0 == .forwarding }
        if isFirst || !unanswered.isEmpty { unanswered.append(command) }
        isReset = false
        outstanding.append(request)
        effects.append(.write(command))
    }
}

import SMTPProtocol

/// The server role: which commands a client may give now, and its replies in order.
///
/// States: `opening` (no greeting yet) → `greeted` → `ready` (EHLO or HELO accepted) → `transaction` (MAIL given) →
/// `content` (354 sent) → `ready`; `refused` after a greeting that refuses; `closing` once the last reply is sent;
/// `securing` from the 220 to STARTTLS, or from the beginning where TLS comes first, to the end of the handshake: nothing
/// is said or understood in it, and behind it the client is as one that was just greeted (RFC 3207 4.2), or is to be.
/// `exchange` from the first challenge to AUTH to its last reply: the client's next line is a response, whatever it says.
///
/// Each command takes a place in a queue of replies. What the session can answer itself it answers; anything else it
/// asks its owner to `perform`, who gives the answers in the order of the commands. Replies leave in order.
///
/// While a place waits, only RCPT may follow (so that MAIL and RCPT travel upstream in one go); any other command is
/// put aside until the queue is empty, and nothing more is read. Input can never outrun an answer.
///
/// Not handled: whether parameters and addresses are acceptable, the policy, time, and the content itself.
struct ServerSession: Sendable {
    enum Event: Sendable {
        /// The owner's decision on the connection: the greeting, or what takes its place.
        case opened(Reply)
        case received(Command)
        case malformed(CommandSyntaxError)
        case overlongLine
        case bareLineFeed
        /// The owner's reply to the oldest command that waits: one that had to be asked for elsewhere.
        case answeredOldest(Reply)
        /// The owner's reply to the command that it was asked to perform last.
        case answeredLatest(Reply)
        case endOfDataReceived
        /// A challenge to the AUTH that is being performed; a response is to follow.
        case challenged(Reply)
        /// A response came; the next challenge or the reply to AUTH is to follow.
        case responded
        /// A handshake begins.
        case securing
        /// The session is another client's, who is to be greeted: the command that is performed has its answer in that.
        case restarting
        /// The handshake is complete.
        case secured
        /// What was held back may go on.
        case released
        /// Ends the session with a reply that nobody asked for (RFC 5321 3.8), or with none when the client is gone.
        case close(Reply?)
    }

    enum Effect: Sendable {
        case send(Reply)
        case perform(Command)
        /// Nothing more will be said; `isOrderly` when the client asked for it by QUIT.
        case close(isOrderly: Bool)
    }

    enum State: Hashable, Sendable {
        case opening
        case securing(from: Stage)
        case refused
        case greeted
        case ready
        case exchange(isClientsTurn: Bool)
        case transaction
        case content
        case closing
    }

    /// Where a handshake begins.
    enum Stage: Hashable, Sendable {
        case connection
        case startTLS
    }

    /// What a place in the queue of replies stands for.
    private enum Place: Sendable {
        case waiting(Verb)
        case waitingForContent
        case resolved(Reply)
    }

    private(set) var state = State.opening
    private var places: [Place] = []
    private var putAside: Command?
    /// The command put aside stays there until `released`, though nothing waits before it.
    var isHeldBack = false
    private var errors = 0
    private(set) var acceptedRecipients = 0
    private let identifier: String
    private let errorLimit: Int

    init(identifier: String, errorLimit: Int) {
        self.identifier = identifier
        self.errorLimit = errorLimit
    }

    /// Whether a command could go on if it were not held back.
    var hasHeldBack: Bool { putAside != nil && places.isEmpty }

    /// RCPT commands and the MAIL before them that are not answered yet.
    var waitingCount: Int {
        places.count
    }

    /// Whether commands wait for their replies; the one to a message is owed only when the message is complete.
    var owesReplies: Bool {
        !places.isEmpty && !awaitsResponse && (state != .content || contentIsComplete)
    }

    /// What the client may send now.
    func expectation(lineLimit: Int) -> ClientFramer.Expectation {
        switch state {
        case .opening, .securing, .closing:
            return .nothing
        case .content:
            return contentIsComplete ? .nothing : .data
        case .exchange(let isClientsTurn):
            return isClientsTurn ? .line(limit: SASLText.longestLine + 2) : .nothing
        case .refused, .greeted, .ready, .transaction:
            let mayRead = putAside == nil && (places.isEmpty || canPipeline)
            return mayRead ? .line(limit: lineLimit) : .nothing
        }
    }

    private var contentIsComplete = false

    /// Whether the client may send content, and has not ended it.
    var isReceivingContent: Bool { state == .content && !contentIsComplete }

    var isSecuring: Bool {
        if case .securing = state { true } else { false }
    }

    /// Whether the client's next line is a response of AUTH.
    var awaitsResponse: Bool {
        state == .exchange(isClientsTurn: true)
    }

    /// Whether what waits is MAIL and RCPT alone, and not too many of them.
    private var canPipeline: Bool {
        guard places.count < RelayLimits.pipelinedCommands else { return false }
        return places.allSatisfy { place in
            switch place {
            case .waiting(let verb): verb == .mail || verb == .rcpt
            case .waitingForContent: false
            case .resolved: true
            }
        }
    }

    mutating func handle(_ event: consuming Event, _ effects: inout [Effect]) {
        guard state != .closing else { return }
        switch consume event {
        case .opened(let reply):
            opened(reply, &effects)
        case .received(let command):
            if places.isEmpty || command.verb == .rcpt {
                accept(command, &effects)
            } else {
                putAside = command
            }
        case .malformed(let error):
            mistake(error.reply.identified(by: identifier), &effects)
        case .overlongLine:
            mistake(OwnReply.lineTooLong.reply(session: identifier), &effects)
        case .bareLineFeed:
            mistake(OwnReply.bareLineEnd.reply(session: identifier), &effects)
        case .answeredOldest(let reply):
            resolve(places.firstIndex(where: Self.isWaiting), reply, &effects)
        case .answeredLatest(let reply):
            resolve(places.lastIndex(where: Self.isWaiting), reply, &effects)
        case .endOfDataReceived:
            contentIsComplete = true
        case .challenged(let reply):
            guard case .waiting(.auth)? = places.first else { return }
            state = .exchange(isClientsTurn: true)
            effects.append(.send(reply))
        case .responded:
            if awaitsResponse { state = .exchange(isClientsTurn: false) }
        case .securing:
            state = .securing(from: state == .opening ? .connection : .startTLS)
            putAside = nil
            acceptedRecipients = 0
            contentIsComplete = false
        case .restarting:
            state = .opening
            places.removeAll()
            putAside = nil
            acceptedRecipients = 0
            contentIsComplete = false
        case .secured:
            guard case .securing(let stage) = state else { return }
            state = stage == .connection ? .opening : .greeted
        case .released:
            isHeldBack = false
            resume(&effects)
        case .close(let reply):
            places.removeAll()
            if let reply, !isSecuring {
                effects.append(.send(reply))
            }
            close(&effects)
        }
    }

    private mutating func close(isOrderly: Bool = false, _ effects: inout [Effect]) {
        state = .closing
        putAside = nil
        effects.append(.close(isOrderly: isOrderly))
    }

    private mutating func opened(_ reply: Reply, _ effects: inout [Effect]) {
        effects.append(.send(reply))
        switch reply.code {
        case .serviceReady: state = .greeted
        case .serviceNotAvailable: close(&effects)
        default: state = .refused
        }
    }

    // MARK: Commands

    private mutating func accept(_ command: consuming Command, _ effects: inout [Effect]) {
        if let objection = objection(to: command) {
            mistake(objection.reply(session: identifier), &effects)
            return
        }
        places.append(.waiting(command.verb))
        if command.verb == .mail {
            state = .transaction
            acceptedRecipients = 0
        }
        effects.append(.perform(consume command))
    }

    /// Why `command` is out of place now (RFC 5321 4.1.4), or nil.
    private func objection(to command: Command) -> OwnReply? {
        if state == .refused {
            return command.verb == .quit ? nil : .onlyQuit
        }
        switch command {
        case .helo, .ehlo, .rset, .quit, .noop, .help, .vrfy, .expn, .etrn, .startTLS:
            return nil
        case .auth:
            return state == .greeted ? .heloFirst : state == .transaction ? .badSequence : nil
        case .lhlo, .turn, .send, .soml, .saml, .bdat, .xforward:
            return .notImplemented
        case .xclient:
            return state == .transaction ? .badSequence : nil
        case .mail:
            return state == .greeted ? .heloFirst : state == .transaction ? .nestedMail : nil
        case .rcpt, .data:
            return state == .greeted ? .heloFirst : state == .transaction ? nil : .badSequence
        }
    }

    /// Answers what is no SMTP or out of place; too much of it ends the session.
    private mutating func mistake(_ reply: Reply, _ effects: inout [Effect]) {
        errors += 1
        places.append(.resolved(errors > errorLimit ? OwnReply.tooManyErrors.reply(session: identifier) : reply))
        flush(&effects)
    }

    // MARK: Answers

    private static func isWaiting(_ place: Place) -> Bool {
        switch place {
        case .waiting, .waitingForContent: true
        case .resolved: false
        }
    }

    private mutating func resolve(_ index: Int?, _ reply: Reply, _ effects: inout [Effect]) {
        guard let index else { return }
        let place = places[index]
        places[index] = .resolved(reply)
        switch place {
        case .waiting(let verb):
            advance(behind: verb, reply)
        case .waitingForContent:
            endTransaction()
        case .resolved:
            break
        }
        flush(&effects)
        if endsSession(place) {
            close(isOrderly: true, &effects)
        } else if case .waiting(.data) = place, reply.code == .startMailInput {
            places.append(.waitingForContent)
        }
    }

    private func endsSession(_ place: Place) -> Bool {
        if case .waiting(.quit) = place, state != .closing { true } else { false }
    }

    private mutating func advance(behind verb: Verb, _ reply: Reply) {
        let isAccepted = reply.code.severity == .positiveCompletion
        switch verb {
        case .helo where isAccepted, .ehlo where isAccepted:
            endTransaction()
        case .auth:
            if case .exchange = state { state = .ready }
        case .rset:
            if state == .transaction || state == .content { endTransaction() }
        case .mail where !isAccepted:
            endTransaction()
        case .rcpt where isAccepted && state == .transaction:
            acceptedRecipients += 1
        case .data where reply.code == .startMailInput:
            state = .content
            contentIsComplete = false
        default:
            break
        }
    }

    private mutating func endTransaction() {
        state = .ready
        acceptedRecipients = 0
        contentIsComplete = false
    }

    /// Sends the replies that are due, and goes on once none waits.
    private mutating func flush(_ effects: inout [Effect]) {
        var sent = 0
        for place in places {
            guard case .resolved(let reply) = place else { break }
            sent += 1
            effects.append(.send(reply))
            if reply.code == .serviceNotAvailable {
                places.removeAll()
                close(&effects)
                return
            }
        }
        if sent == places.count {
            places.removeAll(keepingCapacity: true)
        } else if sent > 0 {
            places.removeFirst(sent)
        }
        resume(&effects)
    }

    /// Goes on with the command put aside once nothing waits before it.
    private mutating func resume(_ effects: inout [Effect]) {
        guard places.isEmpty, !isHeldBack, let command = putAside else { return }
        putAside = nil
        accept(command, &effects)
    }
}

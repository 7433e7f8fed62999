import Policy

/// When each wait of a session ends (RFC 5321 4.5.3.2).
///
/// A wait for the client ends when its next command line, or the next octets of its message, have not come in time;
/// single octets of a line do not prolong it. A message must also keep the pace. A client that is owed a reply is waited
/// for no more than it waits itself. A wait for the upstream ends when its next reply has not come whole; so does one for
/// either side to take what is written to it.
struct Deadlines: Sendable {
    var client: UInt64?
    var upstream: UInt64?
    var session: UInt64 = .max
    /// When the spool must have answered.
    var spool: UInt64?
    /// When the wait ends that a rule has imposed on the client.
    var delay: UInt64?
    /// Something of the client was understood, or answered, in this turn.
    var clientProgressed = false
    /// A reply of the upstream's came in this turn.
    var upstreamProgressed = false

    private var clientBlocked = false
    private var upstreamBlocked = false
    private var drainChanged = false
    /// What the upstream's deadline was set for.
    private var upstreamWait: Waits.Upstream?
    private var window: PaceWindow?

    /// The octets that came since the window began; it counts only when the client could have sent all the time.
    private struct PaceWindow: Sendable {
        var end: UInt64
        var octets = 0
        var isDisturbed = false
    }

    /// The earliest of all.
    var next: UInt64 {
        let peers = min(client ?? .max, upstream ?? .max)
        return min(min(session, spool ?? .max), min(peers, min(window?.end ?? .max, delay ?? .max)))
    }

    mutating func received(_ octets: Int) {
        window?.octets += octets
    }

    mutating func clientDrains(_ drains: Bool) {
        clientBlocked = !drains
        drainChanged = true
    }

    mutating func upstreamDrains(_ drains: Bool) {
        upstreamBlocked = !drains
        drainChanged = true
        window?.isDisturbed = true
    }

    /// There is no connection upstream any more, and so nothing that could drain.
    mutating func upstreamEnded() {
        upstreamBlocked = false
    }

    /// What is left is the upstream's last answer, and its own deadline ends that.
    mutating func clientGone() {
        session = .max
        clientBlocked = false
        window = nil
    }

    // MARK: Pace

    mutating func beginPace(_ now: Moment, _ timeouts: RelayTimeouts) {
        guard timeouts.pace > 0 else { return }
        window = PaceWindow(end: now.adding(timeouts.paceWindow))
    }

    mutating func endPace() {
        window = nil
    }

    mutating func disturbPace() {
        window?.isDisturbed = true
    }

    /// Whether the window has ended with too little in it; begins the next one.
    mutating func isTooSlow(_ now: Moment, _ timeouts: RelayTimeouts) -> Bool {
        guard let ended = window, now.nanoseconds >= ended.end else { return false }
        beginPace(now, timeouts)
        let milliseconds = Int(clamping: timeouts.paceWindow.value / 1_000_000)
        let (product, overflow) = timeouts.pace.multipliedReportingOverflow(by: milliseconds)
        return !ended.isDisturbed && ended.octets < (overflow ? .max : product / 1000)
    }

    // MARK: Waits

    /// Sets the deadlines by what is awaited now.
    mutating func update(_ waits: Waits, _ now: Moment, _ timeouts: RelayTimeouts) {
        // While the upstream does not drain, the client is not read and cannot be late.
        if let wait = waits.client, !upstreamBlocked {
            if client == nil || clientProgressed || drainChanged {
                client = now.adding(wait.duration(timeouts))
            }
        } else {
            client = clientBlocked ? client ?? now.adding(timeouts.command) : nil
            disturbPace()
        }
        let wait = waits.upstream ?? (upstreamBlocked ? .drain : nil)
        if let wait {
            // One deadline for the whole of a connection attempt, whatever comes in between.
            let goesOn = wait == upstreamWait && (wait == .connection || !(upstreamProgressed || drainChanged))
            if upstream == nil || !goesOn { upstream = now.adding(wait.duration(timeouts)) }
        } else {
            upstream = nil
        }
        upstreamWait = wait
        clientProgressed = false
        upstreamProgressed = false
        drainChanged = false
    }

    /// What a session waits for.
    struct Waits: Sendable {
        enum Client: Sendable {
            case command, data, handshake

            func duration(_ timeouts: RelayTimeouts) -> Nanoseconds {
                switch self {
                case .command: timeouts.command
                case .data: timeouts.data
                case .handshake: timeouts.handshake
                }
            }
        }

        enum Upstream: Sendable {
            case connection, reply, finalReply, drain

            func duration(_ timeouts: RelayTimeouts) -> Nanoseconds {
                switch self {
                case .connection: timeouts.connect
                case .reply, .drain: timeouts.upstreamReply
                case .finalReply: timeouts.upstreamFinal
                }
            }
        }

        var client: Client?
        var upstream: Upstream?
    }
}

extension RelaySession {
    /// When `.deadline` is due, in nanoseconds of `Moment`.
    public var nextDeadline: UInt64 {
        mutating get { deadlines.next }
    }

    mutating func updateDeadlines() {
        var waits = Deadlines.Waits()
        if clientState != .gone, !isJudging {
            switch expectation {
            case .line: waits.client = server.waitingCount == 0 || server.awaitsResponse ? .command : nil
            case .data: waits.client = .data
            case .nothing: waits.client = server.isSecuring || awaitsProxyHeader ? .handshake : nil
            }
        }
        if client.isWaiting {
            waits.upstream =
                client.isConnecting || client.isEnding
                ? .connection : client.awaitsFinalReply ? .finalReply : .reply
        } else if heldHello != nil {
            waits.upstream = .connection
        }
        deadlines.update(waits, now, settings.timeouts)
    }

    mutating func deadlinePassed() {
        if let upstream = deadlines.upstream, now.nanoseconds >= upstream {
            deadlines.upstream = nil
            if heldHello != nil, !client.isWaiting { answerHello(.none) }
            client(.deadlinePassed)
        }
        guard clientState != .gone else { return }
        if let spool = deadlines.spool, now.nanoseconds >= spool {
            spoolFailed(SpoolFailure(isFull: false, detail: "the spool has not answered in time"))
        }
        if let delay = deadlines.delay, now.nanoseconds >= delay { delayPassed() }
        if now.nanoseconds >= deadlines.session {
            deadlines.session = .max
            isShuttingDown = true
            if !client.awaitsFinalReply { closeWith(.sessionTooLong) }
        } else if let client = deadlines.client, now.nanoseconds >= client {
            deadlines.client = nil
            if awaitsProxyHeader { return proxyHeaderFailed("it did not come in time") }
            if server.isSecuring { return clientSecurityFailed("the handshake did not end in time") }
            closeWith(message.isNone ? .idleTooLong : .tooSlow)
        } else if deadlines.isTooSlow(now, settings.timeouts) {
            closeWith(.tooSlow)
        }
    }
}

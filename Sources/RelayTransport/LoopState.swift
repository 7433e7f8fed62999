import Glibc
import NIOCore
import Policy
import RelayCore
import SMTPProtocol

/// What the sessions of one event loop share: the time, identifiers, what is known of the upstreams, and the list of
/// the sessions themselves, whose deadlines a single repeated task looks after.
final class LoopState {
    let eventLoop: any EventLoop
    let admission: Admission
    let log: any SessionLog
    let pool = UpstreamPool()
    private var identifiers = SessionIdentifiers()
    private var health: [Endpoint: UpstreamHealth] = [:]
    private var known: [Endpoint: (capabilities: Capabilities, until: UInt64)] = [:]
    private var inquiries: [Endpoint: Inquiry] = [:]
    private var connections: [RelayConnection] = []
    /// Those that have read something in this turn of the loop.
    private var due: [RelayConnection] = []
    /// Storage for the next turn's.
    private var spareDue: [RelayConnection] = []
    private var tick: RepeatedTask?
    private var offsetFromUTC = 0
    private var offsetSetAt: Int64 = .min
    private var whenEmpty: EventLoopPromise<Void>?

    /// What an upstream can do is believed for this long without a connection to it.
    private static let capabilityLifetime = Nanoseconds.minutes(5)

    init(eventLoop: any EventLoop, admission: Admission, log: any SessionLog) {
        self.eventLoop = eventLoop
        self.admission = admission
        self.log = log
    }

    // MARK: Time

    func now() -> Moment {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &time)
        let seconds = Int64(time.tv_sec)
        // The offset changes twice a year; a minute late is early enough.
        if seconds &- offsetSetAt > 60 || seconds < offsetSetAt {
            var parts = tm()
            localtime_r(&time.tv_sec, &parts)
            offsetFromUTC = parts.tm_gmtoff
            offsetSetAt = seconds
        }
        return Moment(
            nanoseconds: NIODeadline.now().uptimeNanoseconds,
            epochSeconds: seconds,
            offsetFromUTC: offsetFromUTC
        )
    }

    /// Looks after the deadlines of all sessions and what they keep, `interval` apart.
    func startTicking(every interval: TimeAmount) {
        tick?.cancel()
        let state = NIOLoopBound(self, eventLoop: eventLoop)
        tick = eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            state.value.checkDeadlines()
        }
    }

    private func checkDeadlines() {
        let now = NIODeadline.now().uptimeNanoseconds
        pool.expire()
        for connection in connections {
            if connection.nextDeadline <= now { connection.deliver(.deadline) }
            connection.reduceReads()
        }
    }

    // MARK: Sessions

    func makeIdentifier() -> String {
        identifiers.make()
    }

    func add(_ connection: RelayConnection) {
        connection.index = connections.count
        connections.append(connection)
    }

    func remove(_ connection: RelayConnection) {
        guard connections.indices.contains(connection.index), connections[connection.index] === connection else {
            return
        }
        let last = connections.removeLast()
        if last !== connection {
            connections[connection.index] = last
            last.index = connection.index
        }
        if connections.isEmpty { whenEmpty?.succeed() }
    }

    /// Lets a session deal with what was read for it once all channels have read what there is.
    func comeBack(to connection: RelayConnection) {
        if due.isEmpty {
            let state = NIOLoopBound(self, eventLoop: eventLoop)
            eventLoop.execute { state.value.endTurn() }
        }
        due.append(connection)
    }

    private func endTurn() {
        var sessions = spareDue
        spareDue = []
        swap(&sessions, &due)
        let now = now()
        for session in sessions { session.takeReads(at: now) }
        for session in sessions { session.endTurn() }
        sessions.removeAll(keepingCapacity: true)
        spareDue = sessions
    }

    /// Asks all sessions to end; the future is done when none is left.
    func shutDown(immediately: Bool) -> EventLoopFuture<Void> {
        let promise = whenEmpty ?? eventLoop.makePromise(of: Void.self)
        whenEmpty = promise
        pool.close()
        for connection in connections {
            connection.deliver(.shutdown(immediately: immediately))
        }
        if connections.isEmpty { promise.succeed() }
        return promise.futureResult
    }

    func stopTicking() {
        tick?.cancel()
        tick = nil
    }

    // MARK: Upstreams

    func mayConnect(to upstream: Endpoint) -> Bool {
        health[upstream]?.mayConnect(at: now()) ?? true
    }

    func connectingFailed(to upstream: Endpoint) {
        health[upstream, default: UpstreamHealth()].failed(at: now())
    }

    /// The operator has changed something: what failed before may go well now.
    func forgetFailures() {
        health.removeAll()
    }

    func capabilities(of upstream: Endpoint) -> Capabilities? {
        guard let entry = known[upstream], NIODeadline.now().uptimeNanoseconds < entry.until else { return nil }
        return entry.capabilities
    }

    func learn(_ capabilities: Capabilities, of upstream: Endpoint) {
        let until = NIODeadline.now().uptimeNanoseconds &+ Self.capabilityLifetime.value
        known[upstream] = (capabilities, until)
        health[upstream] = nil
        conclude(inquiries.removeValue(forKey: upstream), with: capabilities)
    }

    // MARK: Asking an upstream what it can do

    /// One session asks an upstream, and the others that want to know wait for it: a crowd that comes while nothing is
    /// known opens one connection.
    private struct Inquiry {
        var asker: RelayConnection
        var waiting: [RelayConnection] = []
    }

    /// Answers a session with what is known, or lets it ask, or lets it wait for the one that asks.
    func inquire(_ upstream: Endpoint, for connection: RelayConnection) {
        if let capabilities = capabilities(of: upstream) {
            connection.deliver(.capabilities(capabilities))
        } else if inquiries[upstream] == nil {
            inquiries[upstream] = Inquiry(asker: connection)
            connection.deliver(.capabilities(nil))
        } else {
            inquiries[upstream]?.waiting.append(connection)
        }
    }

    /// The upstream has not answered: those that wait make do with what needs no upstream.
    func inquiryFailed(_ upstream: Endpoint, of connection: RelayConnection) {
        guard inquiries[upstream]?.asker === connection else { return }
        conclude(inquiries.removeValue(forKey: upstream), with: .none)
    }

    /// A session has ended: if it was to ask, another one does.
    func inquiryAbandoned(_ upstream: Endpoint, by connection: RelayConnection) {
        guard var inquiry = inquiries[upstream] else { return }
        inquiry.waiting.removeAll { $0 === connection }
        inquiries[upstream] = inquiry
        guard inquiry.asker === connection else { return }
        guard let next = inquiry.waiting.first else {
            inquiries[upstream] = nil
            return
        }
        inquiry.asker = next
        inquiry.waiting.removeFirst()
        inquiries[upstream] = inquiry
        next.deliver(.capabilities(nil))
    }

    private func conclude(_ inquiry: Inquiry?, with capabilities: Capabilities) {
        for connection in inquiry?.waiting ?? [] {
            connection.deliver(.capabilities(capabilities))
        }
    }
}

import Glibc
import NIOCore
import Policy
import RelayCore

/// What the sessions of one event loop share: the time, identifiers, what is known of the upstreams, and the list of
/// the sessions themselves, whose deadlines a single repeated task looks after.
final class LoopState {
    let eventLoop: any EventLoop
    let admission: Admission
    let log: any SessionLog
    let pool = UpstreamPool()
    /// What is written together at the end of a turn.
    let writes = BatchedWrites()
    private var identifiers = SessionIdentifiers()
    private var upstreams: [Endpoint: UpstreamKnowledge] = [:]
    private var connections: [RelayConnection] = []
    /// Those that have read something in this turn of the loop, or have begun in it.
    private var due: [RelayConnection] = []
    /// Storage for the next turn's.
    private var spareDue: [RelayConnection] = []
    private var tick: RepeatedTask?
    private var offsetFromUTC = 0
    private var offsetSetAt: Int64 = .min
    private var whenEmpty: EventLoopPromise<Void>?

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

    /// Lets a session deal with what was read for it, and write, once all channels have read what there is.
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
        for session in sessions { session.offerWrites() }
        writes.write()
        for session in sessions { session.takeWritten() }
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

    func knowledge(of upstream: Endpoint) -> UpstreamKnowledge {
        if let known = upstreams[upstream] { return known }
        let new = UpstreamKnowledge()
        upstreams[upstream] = new
        return new
    }

    /// The operator has changed something: what failed before may go well now.
    func forgetFailures() {
        for upstream in upstreams.values { upstream.forgetFailures() }
    }
}

import Glibc
import NIOCore
import RelayCore
import SMTPProtocol

/// What the sessions of one event loop share: the time, identifiers, what is known of the upstreams, and the list of
/// the sessions themselves, whose deadlines a single repeated task looks after.
final class LoopState {
    let eventLoop: any EventLoop
    let admission: Admission
    let log: any SessionLog
    private var identifiers = SessionIdentifiers()
    private var known: [Endpoint: (capabilities: Capabilities, until: UInt64)] = [:]
    private var connections: [RelayConnection] = []
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
        clock_gettime(CLOCK_REALTIME, &time)
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

    /// Looks after the deadlines of all sessions, `interval` apart.
    func startTicking(every interval: TimeAmount) {
        tick?.cancel()
        let state = NIOLoopBound(self, eventLoop: eventLoop)
        tick = eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            state.value.checkDeadlines()
        }
    }

    private func checkDeadlines() {
        let now = NIODeadline.now().uptimeNanoseconds
        for connection in connections where connection.nextDeadline <= now {
            connection.deliver(.deadline)
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

    /// Asks all sessions to end; the future is done when none is left.
    func shutDown(immediately: Bool) -> EventLoopFuture<Void> {
        let promise = whenEmpty ?? eventLoop.makePromise(of: Void.self)
        whenEmpty = promise
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

    func capabilities(of upstream: Endpoint) -> Capabilities? {
        guard let entry = known[upstream], NIODeadline.now().uptimeNanoseconds < entry.until else { return nil }
        return entry.capabilities
    }

    func learn(_ capabilities: Capabilities, of upstream: Endpoint) {
        let until = NIODeadline.now().uptimeNanoseconds &+ Self.capabilityLifetime.value
        known[upstream] = (capabilities, until)
    }
}

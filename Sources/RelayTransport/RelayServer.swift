import Glibc
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import RelayCore
import TLSEngine

/// A listener as the system has bound it.
public struct BoundListener: Sendable {
    public let name: String
    public let endpoint: Endpoint
}

/// Octets that sessions hold of messages which a rule needs whole.
public struct HeldMessages: Hashable, Sendable {
    public var memory: Int
    public var spool: Int
}

/// The relay: binds its listeners, accepts on every event loop, runs a session for each client, replaces its
/// configuration for the sessions to come, and ends in good order.
public final class RelayServer: Sendable {
    private let group: any EventLoopGroup
    private let log: any SessionLog
    private let logger: Logger
    private let admission: Admission
    private let resources: ServerResources
    private let services: NIOLockedValueBox<[String: ListenerService]>
    private let configuration: NIOLockedValueBox<RelayConfiguration>
    private let loops: [NIOLoopBound<LoopState>]
    private let ticketRotation = NIOLockedValueBox<RepeatedTask?>(nil)
    private let listening = NIOLockedValueBox(Listening())

    /// The sockets that clients are accepted at, and the channels that accept at copies of them.
    private struct Listening {
        var sockets = ListeningSockets([])
        var channels: [any Channel] = []
        var isOver = false
    }

    public init(
        _ configuration: RelayConfiguration,
        group: any EventLoopGroup,
        log: any SessionLog,
        logger: Logger,
        names: ClientNameResolver = ClientNameResolver()
    ) async throws {
        let admission = Admission(sessions: configuration.sessions, perClient: configuration.sessionsPerClient)
        self.group = group
        self.log = log
        self.logger = logger
        self.admission = admission
        resources = ServerResources(names: names)
        self.configuration = NIOLockedValueBox(configuration)
        services = NIOLockedValueBox([:])
        var loops: [NIOLoopBound<LoopState>] = []
        var refusal: String?
        for eventLoop in group.makeIterator() {
            let (state, refused) = try await eventLoop.submit {
                let state = LoopState(eventLoop: eventLoop, admission: admission, log: log)
                return (NIOLoopBound(state, eventLoop: eventLoop), state.writes.refusal)
            }.get()
            loops.append(state)
            refusal = refusal ?? refused
        }
        self.loops = loops
        if let refusal { logger.info("writes are not batched", metadata: ["detail": "\(refusal)"]) }
        adopt(configuration)
    }

    /// Sessions at this moment.
    public var sessionCount: Int {
        admission.count
    }

    /// What the sessions hold at this moment of messages that a rule needs whole.
    public var held: HeldMessages {
        HeldMessages(memory: resources.holdBudget.inUse, spool: resources.spoolBudget.inUse)
    }

    // MARK: Start

    /// Accepts from every listener: at sockets that are listening already, where they are given, or binds its own.
    ///
    /// Each event loop accepts for itself (`ListeningSockets`). A listener without a socket
    /// among those that are given is left out of what is returned.
    public func start(at sockets: ListeningSockets? = nil) async throws -> [BoundListener] {
        let configuration = configuration.withLockedValue { $0 }
        let sockets = try sockets ?? ListeningSockets(binding: configuration.listeners, count: loops.count)
        listening.withLockedValue { $0.sockets = sockets }
        var bound: [BoundListener] = []
        do {
            for listener in configuration.listeners {
                guard let own = sockets.listeners.first(where: { $0.name == listener.name }) else { continue }
                for (socket, loop) in ListeningSockets.pairs(sockets: own.descriptors.count, loops: loops.count) {
                    try await accept(at: own.descriptors[socket], for: listener.name, on: loops[loop]).get()
                }
                let port = own.descriptors.first.flatMap(ListeningSockets.port)
                bound.append(BoundListener(name: listener.name, endpoint: listener.endpoint.with(port: port)))
            }
        } catch {
            await closeListeners()
            throw error
        }
        if let loop = loops.first?.eventLoop { startRotatingTicketKeys(on: loop) }
        let interval = Self.tickInterval(configuration.timeouts)
        for loop in loops {
            try await loop.eventLoop.submit { loop.value.startTicking(every: interval) }.get()
        }
        return bound
    }

    private func startRotatingTicketKeys(on loop: any EventLoop) {
        let period = TimeAmount.seconds(Int64(TLSTicketKeys.lifetimeInSeconds))
        let rotation = loop.scheduleRepeatedTask(initialDelay: period, delay: period) {
            [keys = resources.ticketKeys] _ in
            keys.rotate()
        }
        ticketRotation.withLockedValue { $0 = rotation }
    }

    /// Accepts at a copy of the socket: the channel closes what it accepts at when the system reports a failure that NIO
    /// does not know to pass, such as one of the network that waits on the new connection (accept(2)).
    private func accept(
        at descriptor: CInt,
        for listener: String,
        on loop: NIOLoopBound<LoopState>
    ) -> EventLoopFuture<Void> {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else {
            return loop.eventLoop.makeFailedFuture(IOError(errnoCode: errno, reason: "fcntl"))
        }
        return ServerBootstrap(group: loop.eventLoop, childGroup: loop.eventLoop)
            // Of many that come at once, some are left to the other loop at this socket.
            .serverChannelOption(.maxMessagesPerRead, value: 4)
            .serverChannelInitializer { [services] channel in
                channel.eventLoop.makeCompletedFuture {
                    let acceptor = Acceptor(for: listener, services, on: loop.value)
                    try channel.pipeline.syncOperations.addHandler(acceptor)
                }
            }
            .withBoundSocket(copy)
            .map { [weak self] channel in
                guard let self, keep(channel) else { return channel.close(promise: nil) }
                channel.closeFuture.whenComplete { [weak self] _ in
                    self?.closed(channel, at: descriptor, for: listener, on: loop)
                }
            }
    }

    /// False when no client is to be accepted any more.
    private func keep(_ channel: any Channel) -> Bool {
        listening.withLockedValue { listening in
            if !listening.isOver { listening.channels.append(channel) }
            return !listening.isOver
        }
    }

    /// Clients wait in the backlog of the socket until it is accepted at again.
    private func closed(
        _ channel: any Channel,
        at descriptor: CInt,
        for listener: String,
        on loop: NIOLoopBound<LoopState>
    ) {
        listening.withLockedValue { $0.channels.removeAll { $0 === channel } }
        acceptAnew(at: descriptor, for: listener, on: loop)
    }

    private func acceptAnew(at descriptor: CInt, for listener: String, on loop: NIOLoopBound<LoopState>) {
        guard !listening.withLockedValue({ $0.isOver }) else { return }
        logger.warning("accepting has failed, and begins anew", metadata: ["listener": "\(listener)"])
        _ = loop.eventLoop.scheduleTask(in: Self.pauseBeforeAcceptingAnew) { [weak self] in
            guard let self, !listening.withLockedValue({ $0.isOver }) else { return }
            accept(at: descriptor, for: listener, on: loop).whenFailure { _ in
                self.acceptAnew(at: descriptor, for: listener, on: loop)
            }
        }
    }

    private static let pauseBeforeAcceptingAnew = TimeAmount.milliseconds(100)

    /// Fine enough for the shortest deadline, and no finer than a person needs.
    private static func tickInterval(_ timeouts: RelayTimeouts) -> TimeAmount {
        let shortest =
            [
                timeouts.handshake, timeouts.command, timeouts.data, timeouts.session, timeouts.connect,
                timeouts.upstreamReply,
                timeouts.upstreamFinal, timeouts.paceWindow,
            ].min()?.value ?? 0
        return .nanoseconds(Int64(clamping: min(max(shortest / 8, 5_000_000), 500_000_000)))
    }

    // MARK: Reload

    /// Uses a new configuration for the sessions to come; those that are open keep theirs. Listeners are matched by
    /// name: what they are bound to does not change. Returns the names of listeners that a reload cannot add or move.
    @discardableResult
    public func reload(_ configuration: RelayConfiguration) -> [String] {
        let before = self.configuration.withLockedValue { current in
            defer { current = configuration }
            return current
        }
        let bound = Dictionary(before.listeners.map { ($0.name, $0.endpoint) }, uniquingKeysWith: { first, _ in first })
        admission.setLimits(sessions: configuration.sessions, perClient: configuration.sessionsPerClient)
        adopt(configuration)
        for loop in loops { loop.eventLoop.execute { loop.value.forgetFailures() } }
        return configuration.listeners.filter { bound[$0.name] != $0.endpoint }.map(\.name)
    }

    private func adopt(_ configuration: RelayConfiguration) {
        resources.holdBudget.octets = configuration.heldMemory
        resources.spoolBudget.octets = configuration.spoolQuota
        let names =
            configuration.policies.readsClientNames || configuration.listeners.contains { $0.identify.tellsNames }
        if names { resources.names.start() }
        let made = configuration.listeners.map { ($0.name, ListenerService($0, configuration, resources)) }
        services.withLockedValue { services in
            services.merge(made, uniquingKeysWith: { _, new in new })
        }
    }

    // MARK: End

    /// Stops accepting, lets transactions finish within `grace`, then ends what is left with 421.
    public func shutdown(grace: TimeAmount) async {
        await closeListeners()
        await end(immediately: false, within: grace)
        await end(immediately: true, within: .seconds(3))
        for loop in loops {
            try? await loop.eventLoop.submit { loop.value.stopTicking() }.get()
        }
        ticketRotation.withLockedValue { $0?.cancel() }
        resources.names.close()
    }

    /// Asks all sessions to end, at once or behind the transaction under way, and does not wait for them.
    public func endSessions(immediately: Bool) {
        for loop in loops {
            loop.eventLoop.execute { _ = loop.value.shutDown(immediately: immediately) }
        }
    }

    private func closeListeners() async {
        let closing = listening.withLockedValue { listening in
            defer { listening = Listening(isOver: true) }
            return listening
        }
        for channel in closing.channels {
            try? await channel.close()
        }
        closing.sockets.close()
    }

    private func end(immediately: Bool, within grace: TimeAmount) async {
        let ended = loops.map { loop in
            loop.eventLoop.flatSubmit { loop.value.shutDown(immediately: immediately) }
        }
        guard let eventLoop = loops.first?.eventLoop else { return }
        let all = EventLoopFuture.andAllComplete(ended, on: eventLoop)
        let promise = eventLoop.makePromise(of: Void.self)
        let timer = eventLoop.scheduleTask(in: grace) { promise.succeed() }
        all.whenComplete { _ in promise.succeed() }
        try? await promise.futureResult.get()
        timer.cancel()
    }
}

import Glibc
import Logging
import NIOCore
import NIOPosix
import PolicyFiles
import RelayTransport

/// The running proxy: listeners, log, reload and an end in good order.
///
/// SIGHUP reads the configuration anew and uses it for the sessions to come; when anything is wrong with it the running
/// one stays. SIGUSR1 writes to the log how often each rule has held, as the end does, and what is held of messages.
/// SIGTERM or SIGINT stop accepting, give transactions time to finish and end the rest with 421; a second one ends at
/// once.
///
/// As a worker it accepts at the sockets of its supervisor, and stops when that says so or is gone. A signal to all
/// processes of a group reaches it as well: only the supervisor makes it end at once.
public struct GatepostService: Sendable {
    /// What a transaction under way may take when the service is stopped.
    public static let grace = TimeAmount.seconds(30)
    /// Descriptors for files, lookups and new connections that are turned away.
    private static let otherFiles = 100

    private let source: ConfigurationSource
    private let configuration: Configuration
    private let log: ServiceLog
    private let relayLog: RelayLog
    private let logger: Logger
    /// From the supervisor that this process is a worker of.
    private let handover: Handover?
    /// Event loops of this process.
    private var loops: Int { handover?.loops ?? configuration.loopsOfEachWorker }

    /// - Parameters:
    ///   - configuration: What `source` was loaded as.
    ///   - source: Where it is read from again.
    ///   - handover: Of a worker, what its supervisor hands to it.
    public init(
        _ configuration: Configuration,
        from source: ConfigurationSource,
        handover: Handover? = nil,
        writer: LogWriter = LogWriter()
    ) {
        self.configuration = configuration
        self.source = source
        self.handover = handover
        log = ServiceLog(configuration.log, writer: writer)
        relayLog = RelayLog(log)
        logger = log.logger("gatepost")
    }

    /// Runs until it is told to stop. Throws when a listener cannot be bound.
    public func run() async throws {
        try await run(obeying: await .ofProcess())
    }

    /// Runs until it is told to stop; `ready` hears where it listens.
    func run(obeying signals: ServiceSignals, ready: ([BoundListener]) -> Void = { _ in }) async throws {
        Niceness.inherit()
        FreedMemory.keep()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
        let server = try await RelayServer(
            await prepared(configuration, besideSessions: false).relay, group: group, log: relayLog, logger: logger)
        do {
            let listeners = try await server.start(at: handover.map { ListeningSockets($0.sockets) })
            for listener in listeners {
                logger.info(
                    "listening",
                    metadata: ["listener": "\(listener.name)", "address": "\(listener.endpoint)"]
                )
            }
            warnOfUnbound(configuration.relay.listeners.map(\.name), listeners)
            handover?.tellReady()
            handover?.obey(signals)
            ready(listeners)
            await obey(signals, server)
            await tellCounts()
            logger.info("stopped")
        } catch {
            try? await group.shutdownGracefully()
            log.writer.close()
            throw error
        }
        try? await group.shutdownGracefully()
        log.writer.close()
    }

    /// Does what the signals ask for, until the server has ended.
    private func obey(_ signals: ServiceSignals, _ server: RelayServer) async {
        // Loading may take a while: what is asked for meanwhile makes one more, and never waits.
        let (reloads, demand) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let loading = Task { for await _ in reloads { await reload(server) } }
        defer {
            demand.finish()
            loading.cancel()
        }
        var ending: Task<Void, Never>?
        for await request in signals.requests {
            switch request {
            case .reload:
                demand.yield()
            case .counts:
                Task {
                    await tellCounts()
                    tellHeld(server.held)
                }
            case .stop:
                if ending != nil {
                    // A worker hears a second request from its supervisor alone.
                    guard handover != nil else { return }
                    continue
                }
                logger.info("stopping", metadata: ["sessions": "\(server.sessionCount)"])
                ending = Task {
                    await server.shutdown(grace: Self.grace)
                    signals.finish()
                }
            case .stopAtOnce:
                return
            }
        }
    }

    private func tellCounts() async {
        let log = relayLog
        await HeavyWork.run { log.writeCounts() }
    }

    private func tellHeld(_ held: HeldMessages) {
        let metadata: Logger.Metadata = ["memory": "\(held.memory)", "spool": "\(held.spool)"]
        logger.notice("messages held", metadata: metadata)
    }

    // MARK: Reload

    private func reload(_ server: RelayServer) async {
        let loaded = await HeavyWork.run { source.load() }
        for diagnostic in loaded.diagnostics {
            logger.log(
                level: diagnostic.isError ? .error : .warning, "configuration", metadata: ["detail": "\(diagnostic)"]
            )
        }
        guard var configuration = loaded.configuration else {
            logger.error("reload failed", metadata: ["detail": "the running configuration stays"])
            return
        }
        configuration = await prepared(configuration, besideSessions: true)
        log.settings = configuration.log
        if let handover, !handover.isOf(configuration) {
            logger.warning("workers and threads can be changed by a restart alone")
        }
        let unbound = server.reload(configuration.relay)
        for name in unbound { warnOfUnbound(name) }
        if let user = configuration.user, user.user != geteuid() {
            logger.warning("the user can be changed by a restart alone", metadata: ["user": "\(user)"])
        }
        logger.notice("reloaded", metadata: ["policies": "\(configuration.policies.count)"])
    }

    /// A worker that took the place of another one may find listeners in the configuration that nobody has bound.
    private func warnOfUnbound(_ names: [String], _ bound: [BoundListener]) {
        for name in names where !bound.contains(where: { $0.name == name }) { warnOfUnbound(name) }
    }

    private func warnOfUnbound(_ listener: String) {
        logger.warning(
            "a listener can be added or moved by a restart alone",
            metadata: ["listener": "\(listener)"]
        )
    }

    /// The configuration with the rules of its policies indexed, and with a worker's share of what is bounded.
    private func prepared(_ configuration: Configuration, besideSessions: Bool) async -> Configuration {
        let cache = configuration.cache.map { folder in
            PatternCache(folder: folder) { trouble in
                logger.warning("the cache of patterns", metadata: ["detail": "\(trouble)"])
            }
        }
        let policies = configuration.relay.policies
        var configuration = configuration
        let memory = handover?.patterns.map { PatternMemory(descriptor: $0) }
        configuration.relay.policies = await HeavyWork.run(isBesideSessions: besideSessions) {
            guard let memory else { return policies.indexed(store: cache?.store) }
            return memory.leavingPatterns(of: { policies.indexed(store: $0) }, behind: cache?.store)
        }
        let workers = handover?.workers ?? 1
        configuration.relay.sessions = sessionLimit(configuration.relay)
        configuration.relay.spoolQuota /= workers
        configuration.relay.heldMemory /= workers
        return configuration
    }

    /// The share of one worker, and no more than there are descriptors for: each session takes a socket on either side, and
    /// a file where there is a spool. Each event loop has three of its own, and three for a listener.
    private func sessionLimit(_ relay: RelayConfiguration) -> Int {
        let workers = handover?.workers ?? 1
        let share = (relay.sessions + workers - 1) / workers
        let limit = OpenFiles.raiseLimit()
        let others = Self.otherFiles + loops * (3 + 3 * relay.listeners.count)
        let possible = max(1, (limit - others) / (relay.spoolFolder == nil ? 2 : 3))
        guard possible < share else { return share }
        logger.warning(
            "the system's limit of open files allows fewer sessions than configured",
            metadata: ["files": "\(limit)", "sessions": "\(possible)", "configured": "\(relay.sessions)"]
        )
        return possible
    }
}

import Foundation
import Logging
import NIOCore
import RelayTransport

/// Holds the listening sockets and keeps worker processes running that accept from them.
///
/// A worker that dies takes its own sessions with it and no others. Another one is started at once; what connects
/// meanwhile waits in the sockets' backlogs. One that dies before it accepts clients, since the configuration is broken by
/// then for example, is tried again ever more slowly, at most `longestPause` apart. A worker that has never accepted a client ends the supervisor: what is wrong is with the
/// configuration or the system, and was said by the worker.
///
/// SIGHUP and SIGUSR1 are passed on. At SIGTERM and SIGINT the sockets are closed and the workers told to stop, and the
/// supervisor ends when they have.
public struct Supervisor: Sendable {
    private let bound: BoundSockets
    private let patterns = PatternMemory.make()
    private let log: ServiceLog
    private let logger: Logger

    static let firstPause = Duration.milliseconds(100)
    static let longestPause = Duration.seconds(5)
    /// What has a worker die within this of its start may be the patterns that another one has left.
    static let shortLife = Duration.seconds(10)
    /// What is left of the workers after this long is killed: their own deadlines have passed.
    static let patience = Duration.seconds(45)

    /// - Parameters:
    ///   - settings: Of its log.
    ///   - bound: The sockets that it holds.
    public init(_ settings: Configuration.LogSettings, _ bound: BoundSockets) {
        self.bound = bound
        log = ServiceLog(settings, writer: LogWriter())
        logger = log.logger("supervisor")
    }

    /// Runs until it is told to stop. Returns the status of a worker that could not start, else 0.
    ///
    /// - Parameter arguments: Those that a worker is started with, the name of the program first.
    public func run(_ arguments: [String]) async throws -> CInt {
        let (workers, loops) = (bound.workers, bound.loops)
        let sockets = ListeningSockets(bound.listeners)
        // Each worker is to have its own alone.
        sockets.stayOpenWhenExecuting(false)
        let signals = await ServiceSignals.ofProcess()
        let table = WorkerTable()
        if patterns == nil {
            logger.warning("patterns cannot be left to the next worker")
        }
        let obeying = Task { await obey(signals, table, sockets) }
        defer {
            obeying.cancel()
            log.writer.close()
        }
        let failure = await withTaskGroup(of: WorkerFailure?.self) { group in
            for slot in 0..<workers {
                group.addTask {
                    await keepRunning(slot, arguments, table) { link in
                        Handover(
                            sockets: sockets.share(slot, of: workers), link: link, loops: loops, workers: workers,
                            patterns: patterns
                        )
                    }
                }
            }
            var first: WorkerFailure?
            for await failure in group where failure != nil {
                first = first ?? failure
                await table.stop()
            }
            return first
        }
        guard let failure else { return 0 }
        guard let status = failure.status else { throw failure }
        return status
    }

    /// Starts a worker, and another one whenever it dies; ends when the workers are to stop, or with the failure of one that
    /// has never been ready.
    private func keepRunning(
        _ slot: Int,
        _ arguments: [String],
        _ table: WorkerTable,
        handOver: @Sendable (_ link: CInt) -> Handover
    ) async -> WorkerFailure? {
        var wasReady = false
        // When the last one that served clients was seen to have ended.
        var death = ContinuousClock.now
        var pause = Duration.zero
        while await !table.isStopping {
            let began = ContinuousClock.now
            let worker: WorkerProcess
            do {
                worker = try WorkerProcess.start(arguments, handOver: handOver)
            } catch {
                let failure = error as? WorkerFailure ?? WorkerFailure(reason: "\(error)")
                guard wasReady else { return failure }
                logger.error("worker not started", metadata: ["detail": "\(failure.reason)"])
                await wait(&pause)
                continue
            }
            await table.insert(worker, at: slot)
            var isReady = false
            for await event in worker.events where event == .ready {
                if wasReady {
                    let wait = (ContinuousClock.now - death) / Duration.milliseconds(1)
                    logger.notice("worker replaced", metadata: ["pid": "\(worker.pid)", "after": "\(Int(wait)) ms"])
                } else {
                    logger.debug("worker ready", metadata: ["pid": "\(worker.pid)"])
                }
                (isReady, wasReady) = (true, true)
                await table.ready(slot)
            }
            await table.remove(slot)
            let end = worker.reap()
            if isReady { death = .now }
            if await table.isStopping { return nil }
            guard wasReady else {
                guard case .status(let status) = end else { return WorkerFailure(reason: "\(end)") }
                return WorkerFailure(reason: "\(end)", status: status)
            }
            let life = ContinuousClock.now - began
            if life < Self.shortLife, case .signal(let number) = end, number != SIGKILL { patterns?.clear() }
            logger.error(
                "worker died",
                metadata: ["pid": "\(worker.pid)", "end": "\(end)", "age": "\(life.components.seconds) s"]
            )
            if isReady { pause = .zero } else { await wait(&pause) }
        }
        return nil
    }

    /// Lets a moment pass, and a longer one the next time.
    private func wait(_ pause: inout Duration) async {
        pause = min(max(pause * 2, Self.firstPause), Self.longestPause)
        try? await Task.sleep(for: pause)
    }

    private func obey(_ signals: ServiceSignals, _ table: WorkerTable, _ sockets: ListeningSockets) async {
        for await request in signals.requests {
            switch request {
            case .reload:
                await table.signal(SIGHUP)
            case .counts:
                await table.signal(SIGUSR1)
            case .stop, .stopAtOnce:
                if await !table.isStopping {
                    // Who connects now is refused, and does not wait for workers that end.
                    sockets.close()
                    Task {
                        try? await Task.sleep(for: Self.patience)
                        await table.signal(SIGKILL)
                    }
                }
                await table.stop()
            }
        }
    }
}

/// The workers that run.
private actor WorkerTable {
    private(set) var isStopping = false
    private var running: [Int: WorkerProcess] = [:]
    /// Those that have not taken signals over yet, with whether a reload is due then.
    private var starting: [Int: Bool] = [:]

    func insert(_ worker: WorkerProcess, at slot: Int) {
        running[slot] = worker
        starting[slot] = false
        if isStopping { stop(worker, at: slot) }
    }

    func ready(_ slot: Int) {
        guard let isReloadDue = starting.removeValue(forKey: slot), isReloadDue, let worker = running[slot] else {
            return
        }
        kill(worker.pid, SIGHUP)
    }

    func remove(_ slot: Int) {
        running[slot] = nil
        starting[slot] = nil
    }

    func signal(_ number: CInt) {
        if number == SIGHUP { starting = starting.mapValues { _ in true } }
        for worker in running.values { kill(worker.pid, number) }
    }

    func stop() {
        isStopping = true
        for (slot, worker) in running { stop(worker, at: slot) }
    }

    /// One that is starting is ended: it serves nobody.
    private func stop(_ worker: WorkerProcess, at slot: Int) {
        if starting[slot] != nil { kill(worker.pid, SIGTERM) } else { worker.stop() }
    }
}

import NIOCore
import NIOPosix
import Policy
import SMTPProtocol
import Synchronization

/// Looks up the names of clients, on threads of its own, for the sessions of all event loops.
///
/// A client's names are asked for once, however many sessions wait for them, and kept for a while. Every wait has a
/// deadline, and what may wait is bounded; beyond either the names are unknown for now, which is not to say that there
/// are none. A question that was asked is answered to its end, so that the next session finds the answer.
public final class ClientNameResolver: Sendable {
    public struct Limits: Sendable {
        /// The resolver of the system blocks its thread for as long as the servers of some zone keep silent. Threads that
        /// only wait cost next to nothing, and there are none before a rule asks for names.
        public var threads = 64
        /// Clients that are asked about, or wait to be, at the same time.
        public var waiting = 1000
        /// A client waits no longer for the answer to what it said.
        public var deadline = TimeAmount.seconds(5)
        /// Clients whose names are kept.
        public var kept = 20_000

        public init() {}
    }

    enum Answer {
        case known(ClientNames)
        case awaited(EventLoopFuture<ClientNames>)
    }

    private struct State {
        var cache: ClientNameCache
        /// Who waits for the names of a client that is asked about.
        var waiting: [IPAddress: [EventLoopPromise<ClientNames>]] = [:]
        var isClosed = false
    }

    private enum Step {
        case answer(ClientNames)
        case ask(EventLoopPromise<ClientNames>)
        case wait(EventLoopPromise<ClientNames>)
    }

    private let lookup: ClientNameLookup
    private let limits: Limits
    private let threads: NIOThreadPool
    private let state: Mutex<State>

    public init(_ service: any NameService = SystemNameService(), limits: Limits = Limits()) {
        lookup = ClientNameLookup(service: service)
        self.limits = limits
        threads = NIOThreadPool(numberOfThreads: limits.threads)
        state = Mutex(State(cache: ClientNameCache(capacity: limits.kept)))
    }

    deinit { close() }

    /// Gets ready; to be called once rules ask for names, and again without effect.
    func start() { threads.start() }

    /// Lets those go who wait, answers nothing any more, and does not wait for the threads.
    func close() {
        let promises = state.withLock { state in
            defer { state.waiting = [:] }
            state.isClosed = true
            return state.waiting.values.flatMap(\.self)
        }
        for promise in promises { promise.succeed(Self.closed) }
        threads.shutdownGracefully { _ in }
    }

    private static let closed = ClientNames.unknown("names are no longer looked up")

    /// The names of a client's address, at once when they are known, later on the event loop otherwise.
    func names(of address: IPAddress, for eventLoop: any EventLoop) -> Answer {
        let now = NIODeadline.now()
        switch state.withLock({ step(address, eventLoop, &$0, now) }) {
        case .answer(let names):
            return .known(names)
        case .ask(let promise):
            ask(address, at: now)
            return .awaited(expiring(promise))
        case .wait(let promise):
            return .awaited(expiring(promise))
        }
    }

    private func step(
        _ address: IPAddress,
        _ eventLoop: any EventLoop,
        _ state: inout State,
        _ now: NIODeadline
    ) -> Step {
        if let names = state.cache.names(of: address, at: now) { return .answer(names) }
        if state.isClosed { return .answer(Self.closed) }
        let isAsked = state.waiting[address] != nil
        if !isAsked, state.waiting.count >= limits.waiting {
            return .answer(.unknown("the names of \(limits.waiting) clients are being looked up already"))
        }
        let promise = eventLoop.makePromise(of: ClientNames.self)
        state.waiting[address, default: []].append(promise)
        return isAsked ? .wait(promise) : .ask(promise)
    }

    private func ask(_ address: IPAddress, at asked: NIODeadline) {
        threads.submit { [self] threadState in
            // Nobody waits for what has waited too long for a thread; those behind it need not, either.
            guard case .active = threadState, NIODeadline.now() < asked + limits.deadline else {
                conclude(address, with: .unknown("no time was left to look the name of \(address) up"))
                return
            }
            let names = lookup.names(of: address)
            state.withLock { $0.cache.keep(names, of: address, at: .now()) }
            conclude(address, with: names)
        }
    }

    private func conclude(_ address: IPAddress, with names: ClientNames) {
        let promises = state.withLock { $0.waiting.removeValue(forKey: address) }
        for promise in promises ?? [] { promise.succeed(names) }
    }

    /// The future of a promise that is kept in time; the first of the two that keep it counts.
    private func expiring(_ promise: EventLoopPromise<ClientNames>) -> EventLoopFuture<ClientNames> {
        let future = promise.futureResult
        let timer = future.eventLoop.scheduleTask(in: limits.deadline) { [deadline = limits.deadline] in
            promise.succeed(.unknown("no answer within \(deadline.nanoseconds / 1_000_000) ms"))
        }
        future.whenComplete { _ in timer.cancel() }
        return future
    }
}

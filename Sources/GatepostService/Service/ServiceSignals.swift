import Foundation
import UnixSignals

/// What the operator asks of a running process, by signals.
struct ServiceSignals: Sendable {
    enum Request: Sendable {
        /// SIGHUP
        case reload
        /// SIGUSR1
        case counts
        /// SIGTERM, SIGINT
        case stop
        /// The supervisor was told to stop a second time.
        case stopAtOnce

        init(_ signal: UnixSignal) {
            switch signal {
            case .sighup: self = .reload
            case .sigusr1: self = .counts
            default: self = .stop
            }
        }
    }

    /// The requests as they arrive, until `finish`.
    let requests: AsyncStream<Request>
    private let continuation: AsyncStream<Request>.Continuation

    /// Requests that are made by `request` alone.
    init() {
        (requests, continuation) = AsyncStream.makeStream()
    }

    /// Takes the signals of this process over from now on, and ignores SIGPIPE and SIGXFSZ, which end it where a write
    /// could tell what is wrong. To be called once in a process.
    static func ofProcess() async -> ServiceSignals {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        let signals = ServiceSignals()
        let trapped = await UnixSignalsSequence(trapping: .sighup, .sigusr1, .sigterm, .sigint)
        let listening = Task {
            for await number in trapped {
                signals.request(Request(number))
            }
        }
        signals.continuation.onTermination = { _ in listening.cancel() }
        return signals
    }

    func request(_ request: Request) {
        continuation.yield(request)
    }

    /// Ends `requests`.
    func finish() {
        continuation.finish()
    }
}

import Dispatch
import Foundation

/// What the operator asks of a running process, by signals.
struct ServiceSignals: Sendable {
    enum Request: Sendable {
        /// SIGHUP
        case reload
        /// SIGTERM, SIGINT
        case stop
    }

    /// The requests as they arrive, until `finish`.
    let requests: AsyncStream<Request>
    private let continuation: AsyncStream<Request>.Continuation

    /// Requests that are made by `request` alone.
    init() {
        (requests, continuation) = AsyncStream.makeStream()
    }

    /// Takes the signals of this process over from now on, and ignores SIGPIPE. To be called once in a process.
    static func ofProcess() -> ServiceSignals {
        signal(SIGPIPE, SIG_IGN)
        let signals = ServiceSignals()
        let table: KeyValuePairs<Int32, Request> = [SIGHUP: .reload, SIGTERM: .stop, SIGINT: .stop]
        let queue = DispatchQueue(label: "gatepost.signals")
        let sources = table.map { number, request in
            // The default action would end the process before the source hears of it.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { signals.request(request) }
            source.resume()
            return SignalSource(source)
        }
        signals.continuation.onTermination = { _ in
            for source in sources { source.cancel() }
        }
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

/// A source that is only ever cancelled from elsewhere.
private struct SignalSource: @unchecked Sendable {
    // @unchecked: Dispatch objects may be used from any thread; the import does not say so.
    private let source: any DispatchSourceSignal

    init(_ source: any DispatchSourceSignal) {
        self.source = source
    }

    func cancel() {
        source.cancel()
    }
}

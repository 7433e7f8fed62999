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

    /// Takes the signals over from now on, and ignores SIGPIPE. To be called once in a process.
    init() {
        (requests, continuation) = AsyncStream.makeStream()
        signal(SIGPIPE, SIG_IGN)
        let table: KeyValuePairs<Int32, Request> = [SIGHUP: .reload, SIGTERM: .stop, SIGINT: .stop]
        let queue = DispatchQueue(label: "gatepost.signals")
        let sources = table.map { [continuation] number, request in
            // The default action would end the process before the source hears of it.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { continuation.yield(request) }
            source.resume()
            return SignalSource(source)
        }
        continuation.onTermination = { _ in
            for source in sources { source.cancel() }
        }
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

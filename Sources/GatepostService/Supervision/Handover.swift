import Foundation
import RelayTransport

/// What a supervisor hands to a worker: sockets that listen, the worker's end of their link, its share of the work, and
/// patterns that another worker has compiled.
///
/// It travels as the value of an option, and the descriptors by inheritance. On the link the worker writes one octet once
/// it accepts, and the supervisor one for each time that it is told to stop; the link's end tells the worker that the
/// supervisor is gone.
public struct Handover: HandedOver {
    var sockets: [ListeningSockets.Listener]
    /// A file descriptor.
    var link: CInt
    /// Event loops of this worker.
    var loops: Int
    /// All workers, this one among them.
    var workers: Int
    /// The descriptor of a `PatternMemory`, if there is one.
    var patterns: CInt?

    init(sockets: ListeningSockets, link: CInt, loops: Int, workers: Int, patterns: PatternMemory? = nil) {
        self.sockets = sockets.listeners
        self.link = link
        self.loops = loops
        self.workers = workers
        self.patterns = patterns?.descriptor
    }

    /// What the worker inherits.
    var descriptors: [CInt] { sockets.flatMap(\.descriptors) + [link] + (patterns.map { [$0] } ?? []) }

    /// Whether a configuration asks for as many workers and event loops as there are.
    func isOf(_ configuration: Configuration) -> Bool {
        workers == configuration.workers && loops == configuration.loopsOfEachWorker
    }

    // MARK: The worker's end

    /// Tells the supervisor that clients are accepted.
    func tellReady() {
        var octet: UInt8 = 1
        write(link, &octet, 1)
    }

    /// Makes requests of what the supervisor says from now on.
    func obey(_ signals: ServiceSignals) {
        let link = link
        Thread.detachNewThread {
            var octet: UInt8 = 0
            var stops = 0
            while true {
                let count = read(link, &octet, 1)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return signals.request(.stop) }
                stops += 1
                signals.request(stops == 1 ? .stop : .stopAtOnce)
            }
        }
    }
}

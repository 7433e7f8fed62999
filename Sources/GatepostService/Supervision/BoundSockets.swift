import NIOCore
import RelayTransport

/// What the beginning of `serve` hands to the supervisor: sockets that listen, and among how many workers they are shared.
public struct BoundSockets: HandedOver {
    static let option = "--bound"

    var listeners: [ListeningSockets.Listener]
    var workers: Int

    init(_ sockets: ListeningSockets, workers: Int) {
        listeners = sockets.listeners
        self.workers = workers
    }

    /// Event loops of each worker.
    var loops: Int { Self.loops(ofEach: workers) }

    static func loops(ofEach workers: Int) -> Int { max(1, System.coreCount / workers) }

    /// The arguments of a process without those that were added for it.
    public static func removed(from arguments: [String]) -> [String] {
        arguments.firstIndex(of: option).map { Array(arguments[..<$0]) } ?? arguments
    }
}

import RelayTransport

/// What the beginning of `serve` hands to the supervisor: sockets that listen, and among how many workers and event loops
/// they are shared.
public struct BoundSockets: HandedOver {
    static let option = "--bound"

    var listeners: [ListeningSockets.Listener]
    var workers: Int
    /// Event loops of each worker.
    var loops: Int

    init(_ sockets: ListeningSockets, workers: Int, loops: Int) {
        listeners = sockets.listeners
        self.workers = workers
        self.loops = loops
    }

    /// The arguments of a process without those that were added for it.
    public static func removed(from arguments: [String]) -> [String] {
        arguments.firstIndex(of: option).map { Array(arguments[..<$0]) } ?? arguments
    }
}

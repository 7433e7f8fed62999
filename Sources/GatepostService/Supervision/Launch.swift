import Foundation
import NIOCore
import RelayTransport

/// The beginning of `serve`: binds, gives up its rights, and executes itself anew as the supervisor.
///
/// Ports are bound with the rights that the process was started with. Socket files are made behind that by the user that
/// serves clients: root writes nothing, and the files are that user's.
///
/// The execution has its reasons. Rights are each thread's own, and Swift's main thread, which sleeps for good once the
/// first task waits, does not lose root's with the others; what is executed begins without any. And what root has read,
/// private keys for example, is not left in memory. From there on files are read by the user that serves clients, at the
/// start as at every reload.
public struct Launch {
    private let configuration: Configuration

    public init(_ configuration: Configuration) {
        self.configuration = configuration
    }

    /// Comes back with an error alone.
    ///
    /// - Parameter arguments: Of this process, its name first.
    /// - Throws: `ListenFailure` when a listener cannot be bound, or `PrivilegeFailure`.
    public func run(_ arguments: [String] = CommandLine.arguments) throws -> Never {
        Niceness.inherit()
        if Privileges.areThoseOfRoot, configuration.user == nil { throw PrivilegeFailure.noUser }
        let (workers, loops) = (configuration.workers, configuration.loopsOfEachWorker)
        let count = workers * loops
        let listeners = configuration.relay.listeners
        _ = OpenFiles.raiseLimit()
        var sockets = try ListeningSockets(binding: listeners.filter { !$0.endpoint.isFile }, count: count)
        try Privileges.drop(to: configuration.user)
        sockets.append(try ListeningSockets(binding: listeners.filter(\.endpoint.isFile), count: count))
        sockets.stayOpenWhenExecuting(true)
        let bound = BoundSockets(sockets, workers: workers, loops: loops)
        try Privileges.execute(arguments + [BoundSockets.option, bound.argument])
    }
}

extension Configuration {
    /// The event loops of each worker: its share of the threads, and at least one.
    var loopsOfEachWorker: Int { max(1, (threads ?? System.coreCount) / workers) }
}

extension Endpoint {
    fileprivate var isFile: Bool {
        if case .unixSocket = self { true } else { false }
    }
}

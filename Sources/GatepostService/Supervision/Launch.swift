import Foundation
import NIOCore
import RelayTransport

/// The beginning of `serve`: binds, gives up its rights, and executes itself anew as the supervisor.
///
/// Ports are bound with the rights that the process was started with. Socket files are made behind that by the user that
/// serves clients: root writes nothing, and the files are that user's.
///
/// The execution has its reasons. Capabilities are each thread's own, while every thread of what is executed begins without
/// them; and what root has read, private keys for example, is not left in memory. From there on files are read by the user
/// that serves clients, at the start as at every reload.
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
        let workers = configuration.workers
        let count = workers * BoundSockets.loops(ofEach: workers)
        let listeners = configuration.relay.listeners
        var sockets = try ListeningSockets(binding: listeners.filter { !$0.endpoint.isFile }, count: count)
        try Privileges.drop(to: configuration.user)
        sockets.append(try ListeningSockets(binding: listeners.filter(\.endpoint.isFile), count: count))
        sockets.stayOpenWhenExecuting(true)
        try execute(arguments + [BoundSockets.option, BoundSockets(sockets, workers: workers).argument])
    }

    private func execute(_ arguments: [String]) throws -> Never {
        // This thread may hear no signals; what is executed must.
        var signals = sigset_t()
        sigemptyset(&signals)
        pthread_sigmask(SIG_SETMASK, &signals, nil)
        execv("/proc/self/exe", arguments.map { strdup($0) } + [nil])
        throw PrivilegeFailure.system("executing /proc/self/exe", errno)
    }
}

extension Endpoint {
    fileprivate var isFile: Bool {
        if case .unixSocket = self { true } else { false }
    }
}

import Foundation

/// A worker as its supervisor sees it: a process, and a link that says when it accepts clients.
struct WorkerProcess: Sendable {
    enum Event: Sendable {
        /// It accepts clients.
        case ready
        /// It has ended, and is to be reaped.
        case ended
    }

    let pid: pid_t
    /// The supervisor's end of the link: a file descriptor.
    private let link: CInt
    /// What becomes of it, `ended` last.
    let events: AsyncStream<Event>

    /// How a process ended.
    enum End: Hashable, Sendable, CustomStringConvertible {
        case status(CInt)
        case signal(CInt)

        var description: String {
            switch self {
            case .status(let code): "exit status \(code)"
            case .signal(let number): "signal \(number) (\(strsignal(number).map { String(cString: $0) } ?? "unknown"))"
            }
        }
    }

    /// Starts this executable again with the arguments of this process and what it is handed.
    ///
    /// - Parameters:
    ///   - arguments: Of this process, its name first.
    ///   - handOver: What the worker is handed, by the descriptor of its end of the link.
    /// - Throws: `WorkerFailure` when the system does not start it.
    static func start(_ arguments: [String], handOver: (_ link: CInt) -> Handover) throws -> WorkerProcess {
        var link: [CInt] = [-1, -1]
        guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &link) == 0 else {
            throw WorkerFailure(reason: "no link: \(String(cString: strerror(errno)))")
        }
        defer { close(link[1]) }
        do {
            let handover = handOver(link[1])
            let pid = try spawn(arguments + ["--handover", try handover.argument], inheriting: handover.descriptors)
            return WorkerProcess(pid: pid, link: link[0], events: events(of: pid, link: link[0]))
        } catch {
            close(link[0])
            throw error
        }
    }

    /// Tells it to stop; a second time, to end at once.
    func stop() {
        var octet: UInt8 = 1
        send(link, &octet, 1, CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT))
    }

    /// The end of a process that has ended; it is forgotten by the system then. Nothing may be told to it any more.
    func reap() -> End {
        close(link)
        var status: CInt = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        let number = status & 0x7F
        return number == 0 ? .status(status >> 8 & 0xFF) : .signal(number)
    }

    private static func spawn(_ arguments: [String], inheriting descriptors: [CInt]) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // A descriptor duplicated onto itself stays open in the process that is started.
        for descriptor in descriptors { posix_spawn_file_actions_adddup2(&actions, descriptor, descriptor) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Until the worker takes these over, they end it. SIGHUP and SIGUSR1 stay ignored.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        // The thread that starts it may hear no signals; it does.
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        Niceness.inherit()
        var pid: pid_t = 0
        let environment = environment(under: ProcessInfo.processInfo.environment)
        let code = withCStrings(arguments) { arguments in
            withCStrings(environment.map { "\($0)=\($1)" }) { environment in
                posix_spawn(&pid, "/proc/self/exe", &actions, &attributes, arguments, environment)
            }
        }
        guard code == 0 else { throw WorkerFailure(reason: String(cString: strerror(code))) }
        return pid
    }

    /// The environment of a worker: that of the process that starts it, and defaults for what that says nothing of.
    static func environment(under supervisor: [String: String]) -> [String: String] {
        let defaults = [
            // A trap must not keep clients waiting for a report.
            "SWIFT_BACKTRACE": "enable=no",
            // What one session frees is at hand for the next: by default a thread keeps seven pieces of a size.
            "GLIBC_TUNABLES": "glibc.malloc.tcache_count=127",
        ]
        return defaults.merging(supervisor) { _, own in own }
    }

    private static func withCStrings<Result>(
        _ strings: [String],
        _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let copies = strings.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return body(copies + [nil])
    }

    private static func events(of pid: pid_t, link: CInt) -> AsyncStream<Event> {
        AsyncStream { continuation in
            Thread.detachNewThread {
                var octet: UInt8 = 0
                var count = read(link, &octet, 1)
                while count < 0, errno == EINTR { count = read(link, &octet, 1) }
                if count > 0 { continuation.yield(.ready) }
                // It is left to be reaped, so that its number is nobody else's as long as signals are sent to it.
                var information = siginfo_t()
                while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
                continuation.yield(.ended)
                continuation.finish()
            }
        }
    }
}

/// A worker that cannot be started, or that ended before it accepted clients.
struct WorkerFailure: Error, CustomStringConvertible {
    let reason: String
    /// The status that it ended with, if it ended by itself.
    var status: CInt?

    var description: String { "a worker cannot be started: \(reason)" }
}

import NIOCore
import NIOPosix
import RelayCore

/// Does what one session wants of its spool, on threads that may block, and tells it what came of it.
final class SessionSpool {
    private let eventLoop: any EventLoop
    private let folder: String
    private let threads: NIOThreadPool
    private var file: SpoolFile?

    init(in folder: String, on eventLoop: any EventLoop, threads: NIOThreadPool = .singleton) {
        self.folder = folder
        self.eventLoop = eventLoop
        self.threads = threads
    }

    /// - Parameter deliver: Called on the event loop, and never within this call.
    func carryOut(_ request: SpoolRequest, deliver: @escaping (RelayEvent) -> Void) {
        switch request {
        case .append(let bytes):
            perform(deliver) { file throws(SpoolFailure) in
                try file.append(bytes)
                return .spooled
            }
        case .read(let count):
            perform(deliver) { file throws(SpoolFailure) in .spoolRead(try file.read(upTo: count)) }
        case .discard:
            discard()
        }
    }

    /// Freeing what a large file has taken can take a while, too.
    private func discard() {
        guard let file else { return }
        self.file = nil
        threads.submit { _ in file.close() }
    }

    private func perform(
        _ deliver: @escaping (RelayEvent) -> Void,
        _ work: @escaping @Sendable (SpoolFile) throws(SpoolFailure) -> RelayEvent
    ) {
        let file = file ?? SpoolFile(in: folder)
        self.file = file
        let answer = threads.runIfActive(eventLoop: eventLoop) { () -> RelayEvent in
            do throws(SpoolFailure) {
                return try work(file)
            } catch {
                return .spoolFailed(error)
            }
        }
        answer.assumeIsolated().whenComplete { result in
            // The session may have forgotten the file meanwhile, and even have made another one.
            guard self.file === file else { return }
            switch result {
            case .success(let event): deliver(event)
            case .failure(let error): deliver(.spoolFailed(SpoolFailure(isFull: false, detail: "\(error)")))
            }
        }
    }
}

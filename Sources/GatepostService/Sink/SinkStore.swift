import NIOConcurrencyHelpers
import NIOCore

/// Where the messages go that a sink receives. A message is acknowledged when it is stored.
public protocol SinkStore: Sendable {
    func store(_ message: ReceivedMessage) async throws
}

/// Keeps messages in memory, for tests and the demonstration.
public final class SinkMemory: SinkStore {
    private let kept = NIOLockedValueBox<[ReceivedMessage]>([])

    public init() {}

    public func store(_ message: ReceivedMessage) {
        kept.withLockedValue { $0.append(message) }
    }

    /// The messages received since the last call, in the order in which they were acknowledged.
    public func takeAll() -> [ReceivedMessage] {
        kept.withLockedValue { messages in
            defer { messages = [] }
            return messages
        }
    }
}

/// Keeps nothing.
public struct SinkVoid: SinkStore {
    public init() {}

    public func store(_ message: ReceivedMessage) {}
}

import NIOConcurrencyHelpers
import RelayCore
import SMTPProtocol
import Synchronization

/// Counts the sessions of all listeners, in all and by client, and turns away those above the limits.
///
/// Clients on the loopback interface and on Unix sockets are the operator's own programs: for them only the limit of
/// all sessions holds.
public final class Admission: Sendable {
    private let sessions = Atomic<Int>(0)
    private let limits: NIOLockedValueBox<(sessions: Int, perClient: Int)>
    private let byClient = NIOLockedValueBox<[IPAddress: Int]>([:])

    public init(sessions: Int, perClient: Int) {
        limits = NIOLockedValueBox((sessions, perClient))
    }

    public func setLimits(sessions: Int, perClient: Int) {
        limits.withLockedValue { $0 = (sessions, perClient) }
    }

    /// Sessions admitted now.
    public var count: Int {
        sessions.load(ordering: .relaxed)
    }

    /// Counts a client in; nil when it is admitted, otherwise what it hears.
    func admit(_ client: IPAddress?) -> OwnReply? {
        guard sessions.add(1, ordering: .relaxed).newValue <= limits.withLockedValue({ $0.sessions }) else {
            sessions.subtract(1, ordering: .relaxed)
            return .overloaded
        }
        return count(client)
    }

    /// Counts an admitted session for another client than before; nil when it stays.
    func move(from former: IPAddress?, to client: IPAddress?) -> OwnReply? {
        guard former != client else { return nil }
        uncount(former)
        return count(client)
    }

    /// Counts an admitted client out.
    func leave(_ client: IPAddress?) {
        sessions.subtract(1, ordering: .relaxed)
        uncount(client)
    }

    /// Counts a session by its client; one too many is none of the sessions any more.
    private func count(_ client: IPAddress?) -> OwnReply? {
        guard let client, !client.isLoopback else { return nil }
        let perClient = limits.withLockedValue { $0.perClient }
        let isAdmitted = byClient.withLockedValue { counts in
            let count = counts[client, default: 0]
            guard count < perClient else { return false }
            counts[client] = count + 1
            return true
        }
        if isAdmitted { return nil }
        sessions.subtract(1, ordering: .relaxed)
        return .tooManyFromClient
    }

    private func uncount(_ client: IPAddress?) {
        guard let client, !client.isLoopback else { return }
        byClient.withLockedValue { counts in
            guard let count = counts[client] else { return }
            counts[client] = count > 1 ? count - 1 : nil
        }
    }
}

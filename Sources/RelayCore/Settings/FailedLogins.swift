import Policy
import SMTPProtocol
import Synchronization

/// How often logins have failed, by client address, in all sessions.
///
/// Each failure counts, and one is forgotten every 30 seconds: a device with an old password that tries once a minute
/// stays harmless to those who share its address, and whoever guesses comes to the limit and is then held to two guesses
/// a minute. IPv6 addresses count by their /64, which one client may have to itself.
///
/// Clients on the loopback interface and on Unix sockets speak for many users and are not counted here; a session counts
/// its own failures, whoever its client is. The table is bounded: while it is full, further addresses are counted in
/// their sessions alone.
public final class FailedLogins: Sendable {
    /// The time in which one failure is forgotten.
    static let forgetting = Nanoseconds.seconds(30)
    private static let sweepInterval = Nanoseconds.seconds(10)

    private struct Table {
        /// When the last failure of an address is forgotten.
        var clearAt: [IPAddress: UInt64] = [:]
        var sweptAt: UInt64 = 0
    }

    private let capacity: Int
    private let table = Mutex(Table())

    public init(capacity: Int = 100_000) {
        self.capacity = capacity
    }

    /// Failures of a client that count now.
    func count(of client: IPAddress?, at now: Moment) -> Int {
        guard let key = Self.key(client) else { return 0 }
        return table.withLock { Self.count(until: $0.clearAt[key] ?? 0, now) }
    }

    /// Counts a failure, and returns how many count now.
    @discardableResult
    func add(_ client: IPAddress?, at now: Moment) -> Int {
        guard let key = Self.key(client) else { return 0 }
        return table.withLock { table in
            if table.clearAt[key] == nil, table.clearAt.count >= capacity {
                Self.sweep(&table, now)
                guard table.clearAt.count < capacity else { return 0 }
            }
            let clear = max(table.clearAt[key] ?? 0, now.nanoseconds) &+ Self.forgetting.value
            table.clearAt[key] = clear
            return Self.count(until: clear, now)
        }
    }

    private static func count(until clear: UInt64, _ now: Moment) -> Int {
        guard clear > now.nanoseconds else { return 0 }
        return Int(clamping: (clear - now.nanoseconds - 1) / forgetting.value + 1)
    }

    /// Forgets the addresses of which nothing counts any more; not often, since it looks at all of them.
    private static func sweep(_ table: inout Table, _ now: Moment) {
        guard now.nanoseconds >= table.sweptAt &+ sweepInterval.value || table.sweptAt == 0 else { return }
        table.sweptAt = now.nanoseconds
        table.clearAt = table.clearAt.filter { $0.value > now.nanoseconds }
    }

    private static func key(_ client: IPAddress?) -> IPAddress? {
        guard let client, !client.isLoopback else { return nil }
        return client.isIPv4 ? client : IPAddress(v6High: client.high, low: 0)
    }
}

import NIOCore
import Policy
import SMTPProtocol

/// The names of the clients that came lately, bounded in number and in age.
///
/// The entries are of two generations. When the younger one has half of all that there may be, it becomes the older one,
/// and what was that is forgotten; what is asked for again moves to the younger one.
struct ClientNameCache {
    private struct Entry {
        var names: ClientNames
        var end: NIODeadline
    }

    private let capacity: Int
    private var young: [IPAddress: Entry] = [:]
    private var old: [IPAddress: Entry] = [:]

    init(capacity: Int) {
        self.capacity = max(2, capacity)
    }

    var count: Int { young.count + old.count }

    /// The resolver does not say how long an answer holds: long enough for a burst of mail, short enough for a change of
    /// the zone to be noticed while the operator watches. What could not be learnt is soon asked for again.
    static func lifetime(of names: ClientNames) -> TimeAmount {
        guard names.areKnown else { return .seconds(10) }
        return names.confirmed == .absent ? .minutes(1) : .minutes(5)
    }

    mutating func names(of address: IPAddress, at now: NIODeadline) -> ClientNames? {
        guard let entry = young[address] ?? old[address], now < entry.end else { return nil }
        if young[address] == nil { keep(entry, for: address) }
        return entry.names
    }

    mutating func keep(_ names: ClientNames, of address: IPAddress, at now: NIODeadline) {
        keep(Entry(names: names, end: now + Self.lifetime(of: names)), for: address)
    }

    private mutating func keep(_ entry: Entry, for address: IPAddress) {
        if young.count >= capacity / 2 {
            old = young
            young = [:]
        }
        old[address] = nil
        young[address] = entry
    }
}

import NIOCore
import RelayCore

/// The upstream connections of one event loop that have served a session and wait for the next.
///
/// They are the same for every session: no client has logged in on them, and none's identity was told; Gatepost has, where
/// it has a login of its own. The last one
/// kept is the first one taken, so that those beyond what is needed grow old. Bounded in number, in idle time, in
/// transactions (by the session) and in age, so that what an upstream said to EHLO is never much older than that.
final class UpstreamPool {
    private struct Place: Hashable {
        let upstream: Endpoint
        /// What Gatepost called itself on the connection.
        let hostname: String
        /// Whether and how it is encrypted: who is believed, under which name.
        let demand: UpstreamTLS.Demand?
        let context: ObjectIdentifier?
        let name: String?
        /// Who Gatepost has logged in as.
        let login: UpstreamLogin?

        init(_ service: ListenerService) {
            upstream = service.upstream
            hostname = service.settings.hostname
            demand = service.upstreamTLS?.demand
            context = (service.upstreamTLS?.context).map(ObjectIdentifier.init)
            name = service.upstreamTLS?.name
            login = service.settings.upstreamLogin
        }
    }

    private struct Resting {
        let handler: UpstreamHandler
        let upstream: KeptUpstream
        let end: NIODeadline
    }

    /// Oldest first.
    private var resting: [Place: [Resting]] = [:]
    private var isClosed = false

    /// Connections to one upstream.
    private static let capacity = 100
    private static let longestAge = TimeAmount.minutes(5)

    /// Takes a connection in when there is room for it, or ends it.
    func keep(_ handler: UpstreamHandler, _ upstream: KeptUpstream, for service: ListenerService) {
        let now = NIODeadline.now()
        let place = Place(service)
        handler.rest(in: self)
        guard let reuse = service.settings.reuse, !isClosed, now < handler.established + Self.longestAge,
            resting[place, default: []].count < Self.capacity
        else { return handler.takeLeave() }
        let idle = TimeAmount.nanoseconds(Int64(clamping: reuse.idle.value))
        let end = min(now + idle, handler.established + Self.longestAge)
        resting[place, default: []].append(Resting(handler: handler, upstream: upstream, end: end))
    }

    /// The connection that was kept last, if there is one whose time is not over.
    func take(for service: ListenerService) -> (UpstreamHandler, KeptUpstream)? {
        let place = Place(service)
        let now = NIODeadline.now()
        while let last = resting[place]?.popLast() {
            guard last.end > now else {
                last.handler.takeLeave()
                continue
            }
            return (last.handler, last.upstream)
        }
        return nil
    }

    /// The connection has ended by itself.
    func forget(_ handler: UpstreamHandler) {
        for place in resting.keys {
            resting[place]?.removeAll { $0.handler === handler }
        }
    }

    /// Ends the connections whose time is over.
    func expire() {
        guard !resting.isEmpty else { return }
        let now = NIODeadline.now()
        for (place, connections) in resting where connections.contains(where: { $0.end <= now }) {
            for connection in connections where connection.end <= now { connection.handler.takeLeave() }
            let left = connections.filter { $0.end > now }
            resting[place] = left.isEmpty ? nil : left
        }
    }

    /// Ends all of them, and those that sessions still give back.
    func close() {
        isClosed = true
        for connection in resting.values.joined() { connection.handler.takeLeave() }
        resting.removeAll()
    }
}

import NIOCore
import Policy
import RelayCore
import SMTPProtocol

/// What the sessions of one event loop know of an upstream: whether it may be connected to, what it can do, and who asks
/// it that.
final class UpstreamKnowledge {
    private var health = UpstreamHealth()
    private var known: (capabilities: Capabilities, until: NIODeadline)?
    private var inquiry: Inquiry?

    /// One session asks an upstream, and the others that want to know wait for it: a crowd that comes while nothing is
    /// known opens one connection.
    private struct Inquiry {
        var asker: RelayConnection
        var waiting: [RelayConnection] = []
    }

    /// What an upstream can do is believed for this long without a connection to it.
    private static let lifetime = TimeAmount.minutes(5)

    // MARK: Connecting

    func mayConnect(at now: Moment) -> Bool {
        health.mayConnect(at: now)
    }

    func connectingFailed(at now: Moment) {
        health.failed(at: now)
    }

    /// What failed before may go well now.
    func forgetFailures() {
        health = UpstreamHealth()
    }

    // MARK: What it can do

    var capabilities: Capabilities? {
        guard let known, .now() < known.until else { return nil }
        return known.capabilities
    }

    func learn(_ capabilities: Capabilities) {
        known = (capabilities, .now() + Self.lifetime)
        health.succeeded()
        conclude(with: capabilities)
    }

    /// Answers a session with what is known, or lets it ask, or lets it wait for the one that asks.
    func inquire(for connection: RelayConnection) {
        if let capabilities {
            connection.deliver(.capabilities(capabilities))
        } else if inquiry == nil {
            inquiry = Inquiry(asker: connection)
            connection.deliver(.capabilities(nil))
        } else {
            inquiry?.waiting.append(connection)
        }
    }

    /// The upstream has not answered: those that wait make do with what needs no upstream.
    func inquiryFailed(of connection: RelayConnection) {
        guard inquiry?.asker === connection else { return }
        conclude(with: .none)
    }

    /// A session has ended: if it was to ask, another one does.
    func inquiryAbandoned(by connection: RelayConnection) {
        guard var left = inquiry else { return }
        left.waiting.removeAll { $0 === connection }
        inquiry = left
        guard left.asker === connection else { return }
        guard let next = left.waiting.first else {
            inquiry = nil
            return
        }
        left.asker = next
        left.waiting.removeFirst()
        inquiry = left
        next.deliver(.capabilities(nil))
    }

    private func conclude(with capabilities: Capabilities) {
        guard let ended = inquiry else { return }
        inquiry = nil
        for connection in ended.waiting { connection.deliver(.capabilities(capabilities)) }
    }
}

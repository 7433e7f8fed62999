import Policy
import PolicyFiles
import RelayTransport
import SMTPProtocol

/// A sink as the options of the command describe it.
public struct SinkRequest: Sendable {
    private let endpoint: Endpoint
    private var behaviour = SinkBehaviour()

    public init(
        listen: String,
        failRcpt: [String],
        failData: Bool,
        closeAfter: String?,
        delay: String?,
        offersEightBitMIME: Bool,
        offersPipelining: Bool,
        size: String?
    ) throws(UsageError) {
        endpoint = try Endpoint(argument: listen)
        behaviour.failsData = failData
        behaviour.offersEightBitMIME = offersEightBitMIME
        behaviour.offersPipelining = offersPipelining
        for text in failRcpt { behaviour.recipientFailures.append(try SinkBehaviour.RecipientFailure(argument: text)) }
        if let closeAfter {
            guard let point = SinkBehaviour.ClosingPoint(rawValue: closeAfter) else {
                let points = SinkBehaviour.ClosingPoint.allCases.map(\.rawValue).joined(separator: ", ")
                throw UsageError("`\(closeAfter)` is none of \(points)")
            }
            behaviour.closesAfter = point
        }
        if let delay {
            guard let duration = DurationText.parse(delay) else {
                throw UsageError("`\(delay)` is not a duration: \(DurationText.form)")
            }
            behaviour.delay = duration
        }
        if let size {
            guard let octets = ByteSize.parse(size) else { throw UsageError("`\(size)` is not a size") }
            behaviour.size = octets
        }
    }

    /// Runs the sink until SIGTERM or SIGINT. `ready` hears where it listens.
    public func run(store: any SinkStore, ready: (Endpoint) -> Void) async throws {
        let signals = await ServiceSignals.ofProcess()
        let sink = try await Sink(at: endpoint, behaviour, store: store)
        ready(sink.endpoint)
        for await request in signals.requests {
            if case .stop = request { break }
        }
        await sink.stop()
    }
}

extension SinkBehaviour.RecipientFailure {
    fileprivate init(argument text: String) throws(UsageError) {
        if let mailbox = Mailbox(text) {
            self = .mailbox(mailbox)
        } else if let reply = Reply(text), reply.isNegative {
            self = .all(reply)
        } else {
            throw UsageError("`\(text)` is neither a mailbox nor a reply 4yz or 5yz")
        }
    }
}

extension Endpoint {
    init(argument text: String) throws(UsageError) {
        guard let endpoint = Endpoint(text) else {
            throw UsageError("`\(text)` is not an address: host:port, [v6]:port or unix:/path")
        }
        self = endpoint
    }
}

import NIOCore
import Policy
import RelayCore
import SMTPProtocol
import Testing
import TranscriptKit

/// Plays both peers of a `RelaySession` without a network, in simulated time.
final class CoreStage: TranscriptStage {
    private(set) var session: RelaySession
    /// When the session is to be told that time has passed.
    var nextDeadline: UInt64 { session.nextDeadline }
    private let policies: PolicySet
    private let rates = RateCounters()
    private let clientNames: ClientNames
    private(set) var now = Moment(nanoseconds: 1_000_000_000, epochSeconds: 1_795_460_479)
    private var clientHeard: [UInt8] = []
    private var upstreamHeard: [UInt8] = []
    private var connectsAsked = 0
    /// A connection that a session has left for the next.
    private var kept: KeptUpstream?
    private var clientIsClosed = false
    private var upstreamIsClosed = false
    /// Handshakes that were asked for and have not ended.
    private var clientIsSecuring = false
    private var upstreamIsSecuring = false
    private(set) var records: [TransactionRecord] = []
    private(set) var notes: [SessionNote] = []
    /// Whom a proxy has said the client to be.
    private(set) var admitted: [ClientIdentity] = []
    /// Reads again what goes upstream on the connection under way.
    private var reader = StrictReader(isInstant: true)
    private var readerFaults: [String] = []
    var spool = FakeSpool()
    /// Splits what the peers say into pieces of this size; 0 leaves it whole.
    var pieceSize = 0

    init(
        settings: RelaySettings,
        policies: PolicySet = .empty,
        client: IPAddress? = IPAddress("192.0.2.7"),
        clientNames: ClientNames = .none,
        capabilities: Capabilities? = nil
    ) {
        self.policies = policies
        self.clientNames = clientNames
        session = RelaySession(settings: settings, identifier: "0000000001")
        deliver(.accepted(identity(client, port: 4711), capabilities: capabilities))
    }

    func deliver(_ event: RelayEvent) {
        session.handle(event, at: now)
        while let stage = session.checkpoint {
            let areKnown = session.facts.clientNames?.areKnown == true
            if policies.readsClientNames(at: stage), !areKnown { session.handle(.clientNames(clientNames), at: now) }
            session.handle(.verdict(policies.evaluate(stage, session.facts, counting: rates)), at: now)
        }
        let output = session.output
        session.output = RelayOutput()
        if !clientIsClosed { clientHeard += output.toClient.readableBytesView }
        for piece in output.toUpstream {
            upstreamHeard += piece.readableBytesView
            reader.relaySays(piece.readableBytesView)
        }
        for action in output.actions {
            switch action {
            case .connectUpstream(let mayResume): connect(mayResume: mayResume)
            case .keepUpstream(let upstream): kept = upstream
            case .askCapabilities: deliver(.capabilities(nil))
            case .closeUpstream: upstreamIsClosed = true
            case .closeClient: clientIsClosed = true
            case .admit(let client):
                admitted.append(client)
                deliver(.admitted)
            case .askClientNames: deliver(.clientNames(clientNames))
            case .secureClient: clientIsSecuring = true
            case .secureUpstream: upstreamIsSecuring = true
            case .learnt: break
            case .spool(let request): if let answer = spool.answer(request) { deliver(answer) }
            case .record(let record): records.append(record)
            case .note(let note): notes.append(note)
            }
        }
    }

    private func connect(mayResume: Bool) {
        guard mayResume, let upstream = kept else {
            connectsAsked += 1
            return
        }
        kept = nil
        deliver(.upstreamResumed("up.example:25", upstream))
    }

    /// A new session, which finds what the one before it has left.
    private func beginAnother() {
        session = RelaySession(settings: session.settings, identifier: "0000000002")
        clientIsClosed = false
        upstreamIsClosed = false
        deliver(.accepted(identity(IPAddress("192.0.2.7"), port: 4712), capabilities: nil))
    }

    private func identity(_ address: IPAddress?, port: Int) -> ClientIdentity {
        let destination = IPAddress("203.0.113.1").map { ProxyHeader.Peer($0, 25) }
        return ClientIdentity(address: address, port: port, destination: destination)
    }

    /// The spool does what it has been asked and not answered.
    func answerSpool() {
        if let answer = spool.late() { deliver(answer) }
    }

    var wantsClientBytes: Bool { session.wantsClientBytes }
    var bufferedClientOctets: Int { session.bufferedClientOctets }

    /// Time passes in which nothing happens.
    func advance(by duration: Nanoseconds) {
        now.nanoseconds += duration.value
    }

    private func pieces(_ octets: [UInt8]) -> [ByteBuffer] {
        guard pieceSize > 0 else { return [ByteBuffer(bytes: octets)] }
        return stride(from: 0, to: octets.count, by: pieceSize).map { start in
            ByteBuffer(bytes: octets[start..<min(start + pieceSize, octets.count)])
        }
    }

    func clientSays(_ octets: [UInt8]) {
        for piece in pieces(octets) { deliver(.clientBytes(piece)) }
    }

    func upstreamSays(_ octets: [UInt8]) {
        for piece in pieces(octets) {
            reader.upstreamSays(piece.readableBytesView)
            deliver(.upstreamBytes(piece))
        }
    }

    func clientHears() -> String? {
        Self.takeLine(&clientHeard)
    }

    func upstreamHears() -> String? {
        Self.takeLine(&upstreamHeard)
    }

    private static func takeLine(_ heard: inout [UInt8]) -> String? {
        guard let end = heard.firstIndex(of: 10) else { return nil }
        let line = heard[..<end]
        heard.removeFirst(end + 1)
        guard line.last == 13 else { return "(no CR) " + String(decoding: line, as: UTF8.self) }
        return String(decoding: line.dropLast(), as: UTF8.self)
    }

    func event(_ event: Transcript.Event) -> Bool {
        switch event {
        case .connect:
            guard connectsAsked > 0 else { return false }
            connectsAsked -= 1
            upstreamIsClosed = false
            readerFaults += reader.faults
            reader = StrictReader(isInstant: true, beginsWithTLS: session.settings.upstreamSecurity == .implicit)
            deliver(.upstreamConnected("up.example:25"))
        case .unreachable:
            guard connectsAsked > 0 else { return false }
            connectsAsked -= 1
            deliver(.upstreamConnectFailed("connection refused"))
        case .anotherClient:
            beginAnother()
        case .upstreamCloses:
            deliver(.upstreamClosed)
        case .clientCloses:
            deliver(.clientLost)
        case .clientEnds:
            deliver(.clientEnded)
        case .upstreamClosed:
            defer { upstreamIsClosed = false }
            return upstreamIsClosed
        case .clientClosed:
            return clientIsClosed
        case .noConnection:
            return connectsAsked == 0
        case .clientSecures, .clientFailsToSecure:
            guard clientIsSecuring else { return false }
            clientIsSecuring = false
            deliver(
                event == .clientSecures ? .clientSecured(Self.encryption) : .clientSecurityFailed("no hello")
            )
        case .upstreamSecures, .upstreamFailsToSecure:
            guard upstreamIsSecuring else { return false }
            upstreamIsSecuring = false
            if event == .upstreamSecures { reader.secured() }
            deliver(
                event == .upstreamSecures ? .upstreamSecured(Self.encryption) : .upstreamSecurityFailed("no hello")
            )
        case .timePasses:
            guard session.nextDeadline != .max else { return false }
            now.nanoseconds = session.nextDeadline
            deliver(.deadline)
        case .shutdown:
            deliver(.shutdown(immediately: false))
        case .shutdownNow:
            deliver(.shutdown(immediately: true))
        }
        return true
    }

    private static let encryption = EncryptionFacts(version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384")

    deinit {
        for fault in readerFaults + reader.faults { Issue.record("\(fault)") }
    }

    func unheard() -> [String] {
        var lines: [String] = []
        while let line = clientHears() { lines.append("C< \(line)") }
        while let line = upstreamHears() { lines.append("U> \(line)") }
        return lines
    }
}

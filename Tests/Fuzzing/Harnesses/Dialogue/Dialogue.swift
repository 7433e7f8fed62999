import NIOCore
import Policy
import RelayCore
import SMTPProtocol
import TranscriptKit

/// Plays a script to a `RelaySession`, in simulated time, and holds what comes of it against what was promised.
///
/// A peer that does not speak by the script answers by itself. Handshakes with it succeed at once; those with one that
/// does end by a mark. When the script is over all waits end, and nothing may be left behind.
final class Dialogue {
    let script: Script
    let traits: DialogueTraits
    private let settings: RelaySettings
    private let policies: PolicySet
    private let rates = RateCounters()
    private let upstreamIsAutomatic: Bool
    private var session: RelaySession
    private var now = Moment(nanoseconds: 1_000_000_000, epochSeconds: 1_795_460_479)
    private var events: [RelayEvent] = []
    private var spool = MemorySpool()

    private(set) var ear = ClientEar()
    private(set) var client: AutomaticClient
    private var clientIsClosed = false
    private var clientIsSecuring = false

    private var upstream: AutomaticUpstream
    private var isConnected = false
    private var isConnecting = false
    private var upstreamIsSecuring = false
    private var kept: KeptUpstream?
    private var capabilities: Capabilities?
    /// Reads the connection under way, or the last one.
    private var reader = StrictReader(isInstant: true)
    /// What earlier connections have brought.
    private(set) var earlierMails: [StrictReader.Mail] = []
    private var octetsUpstream = 0
    private var largestHold = 0

    private(set) var records: [TransactionRecord] = []
    private var complaints: [String] = []

    init(_ script: Script, upstreamIsAutomatic: Bool) {
        self.script = script
        self.upstreamIsAutomatic = upstreamIsAutomatic
        traits = script.traits
        settings = traits.settings
        policies = traits.policies
        client = AutomaticClient(traits)
        upstream = AutomaticUpstream(traits)
        session = RelaySession(settings: settings, identifier: "0000000001")
    }

    /// Runs the script; gives all complaints.
    func run() -> [String] {
        accept()
        for step in script.steps {
            perform(step)
            pump()
        }
        perform(.happens(traits.end))
        pump()
        settle()
        complain()
        return complaints
    }

    var mails: [StrictReader.Mail] { earlierMails + reader.mails }
    private var committed: Int { mails.count { ($0.code ?? 0) / 100 == 2 } }

    // MARK: The script

    private func accept() {
        clientIsClosed = false
        clientIsSecuring = false
        ear.begin()
        let destination = IPAddress("203.0.113.1").map { ProxyHeader.Peer($0, 25) }
        let identity = ClientIdentity(address: DialogueTraits.clientAddress, port: 4711, destination: destination)
        events.append(.accepted(identity, capabilities: traits.reuses ? capabilities : nil))
        pump()
    }

    private func perform(_ step: Script.Step) {
        switch step {
        case .clientSays(let octets):
            if !traits.clientIsAutomatic || upstreamIsAutomatic { clientSays(octets) }
        case .upstreamSays(let octets): upstreamSays(octets)
        case .happens(let mark): happen(mark)
        }
    }

    private func clientSays(_ octets: [UInt8]) {
        guard !clientIsClosed, !octets.isEmpty else { return }
        if clientIsSecuring {
            clientIsSecuring = false
            events.append(.clientSecurityFailed("no hello"))
        } else {
            events.append(.clientBytes(ByteBuffer(bytes: octets)))
        }
    }

    private func upstreamSays(_ octets: [UInt8]) {
        guard isConnected, !octets.isEmpty else { return }
        if upstreamIsSecuring {
            upstreamIsSecuring = false
            events.append(.upstreamSecurityFailed("no hello"))
        } else {
            events.append(.upstreamBytes(ByteBuffer(bytes: octets)))
        }
    }

    private func happen(_ mark: Script.Mark) {
        switch mark {
        case .cut, .client, .upstream: break
        case .deadline: passTime()
        case .clientEnds: if !clientIsClosed { events.append(.clientEnded) }
        case .clientLost: if !clientIsClosed { events.append(.clientLost) }
        case .clientClogs, .clientDrains:
            if !clientIsClosed { events.append(.clientWritable(mark == .clientDrains)) }
        case .clientSecured, .clientInsecure: endClientHandshake(succeeds: mark == .clientSecured)
        case .upstreamConnects: if isConnecting { connected() }
        case .upstreamUnreachable:
            guard isConnecting else { return }
            isConnecting = false
            events.append(.upstreamConnectFailed("connection refused"))
        case .upstreamCloses: if isConnected { events.append(.upstreamClosed) }
        case .upstreamClogs, .upstreamDrains:
            if isConnected { events.append(.upstreamWritable(mark == .upstreamDrains)) }
        case .upstreamSecured, .upstreamInsecure: endUpstreamHandshake(succeeds: mark == .upstreamSecured)
        case .spoolFails: spool.fails = true
        case .anotherClient: beginAnother()
        case .shutdown, .shutdownNow: events.append(.shutdown(immediately: mark == .shutdownNow))
        }
    }

    /// A session that finds what the one before it has left.
    private func beginAnother() {
        guard clientIsClosed, session.nextDeadline == .max, !isConnected, !isConnecting else { return }
        session = RelaySession(settings: settings, identifier: "0000000002")
        client = AutomaticClient(traits, ledger: client.mails)
        spool = MemorySpool()
        accept()
    }

    @discardableResult
    private func passTime() -> Bool {
        guard session.nextDeadline != .max else { return false }
        now.nanoseconds = max(now.nanoseconds, session.nextDeadline)
        events.append(.deadline)
        pump()
        return true
    }

    // MARK: The end

    private func settle() {
        for _ in 0..<200 where passTime() {}
        if session.nextDeadline != .max { complaints.append("the session waits for ever") }
        if !clientIsClosed { complaints.append("the client is left behind") }
        if isConnected || isConnecting { complaints.append("the connection upstream is left behind") }
        if session.bufferedClientOctets > 0 { complaints.append("octets of the client are left behind") }
        let left = settings.holdBudget.inUse + (settings.spoolBudget?.inUse ?? 0)
        if left != 0 { complaints.append("\(left) octets stay in the budgets") }
        ear.begin()
    }

    private func complain() {
        complaints += ear.complaints + reader.faults
        let mails = mails
        if mails.count > ear.called { complaints.append("\(mails.count) ends upstream, of \(ear.called) messages") }
        let accepted = records.count { $0.verdict == .accepted }
        if accepted != committed { complaints.append("\(accepted) accepted on record, and \(committed) taken") }
        let said = script.steps.reduce(0) { $0 + $1.octets }
        if ear.octets > 100 * said + 10_000 { complaints.append("the client hears \(ear.octets) octets") }
        if octetsUpstream > 100 * said + 10_000 { complaints.append("the upstream hears \(octetsUpstream) octets") }
        if largestHold > 2000 { complaints.append("\(largestHold) octets held") }
    }

    // MARK: The relay

    private func pump() {
        while !events.isEmpty { handle(events.removeFirst()) }
    }

    private func handle(_ event: RelayEvent) {
        if case .upstreamBytes(let bytes) = event { reader.upstreamSays(Array(buffer: bytes)) }
        if case .upstreamClosed = event { isConnected = false }
        session.handle(event, at: now)
        while let stage = session.checkpoint {
            session.handle(.verdict(policies.evaluate(stage, session.facts, counting: rates)), at: now)
        }
        let output = session.output
        session.output = RelayOutput()
        if output.toClient.readableBytes > 0 {
            if clientIsClosed { complaints.append("speaks to a client that is gone") }
            ear.hear(Array(buffer: output.toClient), committed: committed)
        }
        for piece in output.toUpstream where piece.readableBytes > 0 { upstreamHears(piece) }
        for action in output.actions { perform(action) }
        largestHold = max(largestHold, settings.holdBudget.inUse, settings.spoolBudget?.inUse ?? 0)
        guard traits.clientIsAutomatic, !upstreamIsAutomatic else { return }
        while let code = ear.takeCode() { clientSays(client.hears(code)) }
    }

    private func upstreamHears(_ piece: ByteBuffer) {
        octetsUpstream += piece.readableBytes
        if !isConnected { complaints.append("speaks to an upstream that is gone: \(shown(piece.octets))") }
        for request in reader.relaySays(Array(buffer: piece)) where upstreamIsAutomatic {
            upstreamSays(upstream.answer(request))
            if upstream.isClosed { events.append(.upstreamClosed) }
        }
    }

    private func perform(_ action: RelayAction) {
        switch action {
        case .connectUpstream(let mayResume): connect(mayResume: mayResume)
        case .closeUpstream: leaveUpstream()
        case .keepUpstream(let upstream):
            leaveUpstream()
            kept = upstream
        case .askCapabilities: events.append(.capabilities(nil))
        case .closeClient: clientIsClosed = true
        case .admit: events.append(.admitted)
        case .askClientNames: events.append(.clientNames(.none))
        case .secureClient:
            clientIsSecuring = true
            if traits.clientIsAutomatic, !upstreamIsAutomatic { endClientHandshake(succeeds: true) }
        case .secureUpstream:
            upstreamIsSecuring = true
            if upstreamIsAutomatic { endUpstreamHandshake(succeeds: true) }
        case .learnt(let capabilities): self.capabilities = capabilities
        case .record(let record): records.append(record)
        case .spool(let request): if let answer = spool.answer(request) { events.append(answer) }
        case .note: break
        }
    }

    private static let encryption = EncryptionFacts(version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384")

    private func endClientHandshake(succeeds: Bool) {
        guard clientIsSecuring, !clientIsClosed else { return }
        clientIsSecuring = false
        events.append(succeeds ? .clientSecured(Self.encryption) : .clientSecurityFailed("no hello"))
        if succeeds, traits.clientIsAutomatic, !upstreamIsAutomatic { clientSays(client.secured()) }
    }

    private func endUpstreamHandshake(succeeds: Bool) {
        guard upstreamIsSecuring, isConnected else { return }
        upstreamIsSecuring = false
        guard succeeds else { return events.append(.upstreamSecurityFailed("no hello")) }
        reader.secured()
        upstream.secured()
        events.append(.upstreamSecured(Self.encryption))
        if upstreamIsAutomatic, settings.upstreamSecurity == .implicit { upstreamSays(upstream.connected()) }
    }

    // MARK: The connection upstream

    private func connect(mayResume: Bool) {
        if isConnected || isConnecting { complaints.append("connects while it is connected") }
        if mayResume, let kept {
            self.kept = nil
            isConnected = true
            events.append(.upstreamResumed("up", kept))
            if upstreamIsAutomatic, upstream.isClosed { events.append(.upstreamClosed) }
            return
        }
        kept = nil
        isConnecting = true
        if upstreamIsAutomatic { connected() }
    }

    private func connected() {
        complaints += reader.faults
        earlierMails += reader.takeMails()
        reader = StrictReader(isInstant: true, beginsWithTLS: settings.upstreamSecurity == .implicit)
        isConnecting = false
        isConnected = true
        events.append(.upstreamConnected("up"))
        if upstreamIsAutomatic, settings.upstreamSecurity != .implicit { upstreamSays(upstream.connected()) }
        if upstreamIsAutomatic, upstream.isClosed { events.append(.upstreamClosed) }
    }

    private func leaveUpstream() {
        isConnected = false
        isConnecting = false
        upstreamIsSecuring = false
        events.removeAll { event in
            switch event {
            case .upstreamBytes, .upstreamClosed, .upstreamWritable, .upstreamSecured, .upstreamSecurityFailed,
                .upstreamConnected, .upstreamConnectFailed, .upstreamResumed:
                true
            default: false
            }
        }
    }
}

extension Script.Step {
    fileprivate var octets: Int {
        switch self {
        case .clientSays(let octets), .upstreamSays(let octets): octets.count
        case .happens: 1
        }
    }
}

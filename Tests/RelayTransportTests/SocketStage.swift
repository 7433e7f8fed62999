import Logging
import NIOCore
import NIOPosix
import Policy
import RelayCore
import RelayTransport
import SMTPProtocol
import TLSEngine
import TLSTestKeys
import Testing
import TranscriptKit

/// Plays both peers of a transcript over sockets, with a relay server between them.
struct SocketStage: TranscriptStage {
    let server: RelayServer
    private let port: Int
    private(set) var client: TestSocket
    private let listener: TestSocket
    let spoolFolder = TestFolder()
    private var upstream: TestSocket?
    private var formerUpstream: TestSocket?
    private let upstreamBeginsWithTLS: Bool

    /// Connections are kept for the sessions of the same loop.
    private static let oneLoop = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    init(
        _ transcript: Transcript,
        upstreamHost: String = "127.0.0.1",
        names: (any NameService)? = nil
    ) async throws {
        let policies = try transcript.loadPolicies()
        let settings = try transcript.relaySettings(policies: policies)
        let listener = try TestSocket.listening()
        let endpoint = try #require(Endpoint("\(upstreamHost):\(listener.port)"))
        let local = try #require(Endpoint("127.0.0.1:0"))
        var configuration = RelayConfiguration(
            hostname: settings.hostname,
            listeners: [
                .init(
                    name: "mx", endpoint: local, upstream: endpoint, reuse: settings.reuse, eightBit: settings.eightBit)
            ]
        )
        configuration.listeners[0].security = try TestSecurity.shared.get().listener(settings.clientSecurity)
        configuration.listeners[0].upstreamTLS = try TestSecurity.shared.get().upstream(settings.upstreamSecurity)
        configuration.listeners[0].sendsChunks = settings.sendsChunks
        configuration.listeners[0].lineEnds = settings.lineEnds
        configuration.listeners[0].authentication = settings.clientAuthentication
        configuration.listeners[0].login = settings.upstreamLogin
        configuration.listeners[0].identify = settings.identify
        configuration.listeners[0].trusted = settings.trusted
        configuration.limits = settings.limits
        configuration.timeouts = settings.timeouts
        if transcript.waitsForTime {
            // What a transcript calls the passing of time comes soon; every other wait keeps its length.
            configuration.timeouts.command = .milliseconds(300)
            configuration.timeouts.handshake = .milliseconds(300)
            configuration.timeouts.connect = .milliseconds(150)
            configuration.limits.failedLoginDelay = .milliseconds(10)
        }
        if let budget = settings.spoolBudget {
            configuration.spoolFolder = spoolFolder.path
            configuration.spoolQuota = budget.octets
        }
        configuration.addsTraceField = settings.addsTraceField
        configuration.policies = policies
        // However busy the machine is, what is asked is answered.
        var limits = ClientNameResolver.Limits()
        limits.threads = 1
        limits.deadline = .hours(1)
        server = try await RelayServer(
            configuration,
            group: settings.reuse == nil ? MultiThreadedEventLoopGroup.singleton : Self.oneLoop,
            log: SilentLog(),
            logger: Logger(label: "test"),
            names: ClientNameResolver(names ?? TranscriptNames(names: transcript.clientNames), limits: limits)
        )
        upstreamBeginsWithTLS = settings.upstreamSecurity == .implicit
        let bound = try await server.start()
        guard case .address(_, let port)? = bound.first?.endpoint else { throw TestSocket.Failure("bound") }
        self.port = port
        self.listener = listener
        client = try TestSocket.connected(to: port)
    }

    func anotherClient() throws -> TestSocket { try TestSocket.connected(to: port) }

    /// The loop of a stage with `reuse` hears of a client's coming and of its reset in the same turn.
    func aClientComesAndGoes() async throws {
        try await Self.oneLoop.next().submit { [port] in
            try TestSocket.connected(to: port).resetWhenClosed()
        }.get()
    }

    /// The upstream says its last; the loop of a stage with `reuse` hears that and the end in the same turn.
    func upstreamEnds(with octets: [UInt8]) async throws {
        try await Self.end(try #require(upstream), with: octets)
    }

    /// The same of the client.
    func clientEnds(with octets: [UInt8]) async throws {
        try await Self.end(client, with: octets)
    }

    private static func end(_ socket: TestSocket, with octets: [UInt8]) async throws {
        try await oneLoop.next().submit {
            try socket.write(octets)
            socket.endOutput()
        }.get()
    }

    func clientSays(_ octets: [UInt8]) throws { try client.write(octets) }
    func clientHears() throws -> String? { try client.readLine() }
    func upstreamSays(_ octets: [UInt8]) throws { try upstream?.write(octets) }
    /// Transcripts call the client 192.0.2.7.
    func upstreamHears() throws -> String? {
        try (upstream ?? formerUpstream)?.readLine()?.replacing("[127.0.0.1]", with: "[192.0.2.7]")
    }

    mutating func event(_ event: Transcript.Event) throws -> Bool {
        switch event {
        case .connect:
            upstream = try listener.accepted()
            upstream?.reader = StrictReader(beginsWithTLS: upstreamBeginsWithTLS)
        case .noConnection:
            return !listener.isReady
        case .upstreamCloses:
            upstream = nil
        case .clientCloses:
            client = try TestSocket.connected(to: port)
        case .anotherClient:
            client = try TestSocket.connected(to: port)
        case .clientEnds:
            client.endOutput()
        case .upstreamClosed:
            try upstream?.awaitEnd()
            formerUpstream = upstream
            upstream = nil
        case .clientClosed:
            try client.awaitEnd()
        case .clientSecures:
            try client.secure(TestSecurity.shared.get().clientConnection())
        case .clientFailsToSecure:
            try client.write(Array("this is no hello, whatever it may be\r\n".utf8))
        case .upstreamSecures:
            try upstream?.secure(TestSecurity.shared.get().serverConnection())
        case .upstreamFailsToSecure:
            try upstream?.write(Array("220 this is no hello, whatever it may be\r\n".utf8))
        case .timePasses:
            break
        case .shutdown, .shutdownNow:
            server.endSessions(immediately: event == .shutdownNow)
        case .unreachable:
            return false
        }
        return true
    }

    func unheard() throws -> [String] {
        client.unreadLines.map { "C< \($0)" } + ((upstream ?? formerUpstream)?.unreadLines ?? []).map { "U> \($0)" }
    }
}

/// The name service of a transcript, whose client comes from the loopback interface.
struct TranscriptNames: NameService {
    let names: ClientNames

    func name(of address: IPAddress) throws(NameFailure) -> String? {
        switch names.reverse {
        case .found(let name): return name
        case .absent: return nil
        case .unknown(let reason): throw NameFailure(reason)
        }
    }

    func addresses(of name: String, like address: IPAddress) -> [IPAddress] { [address] }
}

/// A log that nobody reads.
struct SilentLog: SessionLog {
    func record(_ record: TransactionRecord) {}
    func note(_ note: SessionNote, session: String, client: ClientIdentity) {}
    func held(_ rules: [RuleReference]) {}
}

extension Transcript {
    var waitsForTime: Bool {
        steps.contains { if case .event(.timePasses) = $0.step { true } else { false } }
    }

    /// Whether the transcript can be played over sockets: an unreachable upstream needs a port that nobody has.
    var playsOverSockets: Bool {
        settings["sockets"] != "no"
            && !steps.contains { if case .event(.unreachable) = $0.step { true } else { false } }
    }
}

import NIOCore
import Policy
import RelayCore
import SMTPProtocol

/// What a relay server runs: its listeners, where each one's mail goes, and what holds for all of them.
public struct RelayConfiguration: Sendable {
    /// One place that clients connect to.
    public struct Listener: Sendable {
        public var name: String
        public var endpoint: Endpoint
        /// The upstream that its mail goes to.
        public var upstream: Endpoint
        /// How finished connections to the upstream are kept for other sessions; nil when they are closed.
        public var reuse: UpstreamReuse?
        /// TLS with clients; nil when there is none.
        public var security: ListenerSecurity?
        /// TLS with the upstream; nil when there is none.
        public var upstreamTLS: UpstreamTLS?
        /// What becomes of 8-bit content before an upstream of 7 bits.
        public var eightBit: EightBitHandling
        /// Whether messages may go to the upstream as chunks (RFC 3030).
        public var sendsChunks: Bool
        /// What becomes of messages with bare line ends.
        public var lineEnds = LineEnds.refuse
        /// Whether clients may log in, by the upstream.
        public var authentication = ClientAuthentication.afterTLS
        /// How Gatepost logs in to the upstream by itself; nil when it does not.
        public var login: UpstreamLogin?
        /// How the upstream learns who the client is.
        public var identify = UpstreamIdentification.none
        /// Who is believed on who the client is.
        public var trusted = TrustedProxies()

        public init(
            name: String,
            endpoint: Endpoint,
            upstream: Endpoint,
            reuse: UpstreamReuse? = nil,
            eightBit: EightBitHandling = .require,
            sendsChunks: Bool = true
        ) {
            self.name = name
            self.endpoint = endpoint
            self.upstream = upstream
            self.reuse = reuse
            self.eightBit = eightBit
            self.sendsChunks = sendsChunks
        }
    }

    public var hostname: String
    public var listeners: [Listener]
    public var limits = RelayLimits()
    public var timeouts = RelayTimeouts()
    public var addsTraceField = true
    public var policies = PolicySet.empty
    /// Sessions at the same time; beyond: `421 4.3.2`.
    public var sessions = 20_000
    /// Sessions of one client address at the same time; beyond: `421 4.7.0`.
    public var sessionsPerClient = 100
    /// The folder of spool files; nil when messages that a rule needs whole stay in memory.
    public var spoolFolder: String?
    /// Octets of the spool that all sessions together may take; beyond: `452 4.3.1`.
    public var spoolQuota = 2 << 30
    /// Octets of memory that all sessions together may take for messages which a rule needs whole; beyond, these go to
    /// the spool, or `452 4.3.1`.
    public var heldMemory = 256 << 20

    public init(hostname: String, listeners: [Listener]) {
        self.hostname = hostname
        self.listeners = listeners
    }
}

/// What the sessions of a listener share: made at start and at each reload, kept by a session to its end.
final class ListenerService: Sendable {
    let sharedSettings: Shared<RelaySettings>
    let policies: PolicySet
    let resources: ServerResources
    let spoolFolder: String?
    let upstream: Endpoint
    /// The upstream as the log names it.
    let upstreamName: String
    /// Nil when a name must be resolved first.
    let upstreamAddress: SocketAddress?
    let security: ListenerSecurity?
    let upstreamTLS: UpstreamTLS?
    /// A rule reads what a client's certificate says.
    let asksForCertificate: Bool

    init(
        _ listener: RelayConfiguration.Listener,
        _ configuration: RelayConfiguration,
        _ resources: ServerResources
    ) {
        let settings = RelaySettings(
            hostname: configuration.hostname,
            listener: listener.name,
            limits: configuration.limits,
            timeouts: configuration.timeouts,
            addsTraceField: configuration.addsTraceField,
            checkpoints: Checkpoints(of: configuration.policies),
            holdBudget: resources.holdBudget,
            spoolBudget: configuration.spoolFolder == nil ? nil : resources.spoolBudget,
            reuse: listener.reuse,
            clientSecurity: ClientSecurity(listener.security?.beginning),
            upstreamSecurity: UpstreamSecurity(listener.upstreamTLS?.demand),
            eightBit: listener.eightBit,
            sendsChunks: listener.sendsChunks,
            lineEnds: listener.lineEnds,
            clientAuthentication: listener.authentication,
            upstreamLogin: listener.login,
            failedLogins: resources.failedLogins,
            identify: listener.identify,
            trusted: listener.trusted
        )
        sharedSettings = Shared(settings)
        security = listener.security
        upstreamTLS = listener.upstreamTLS
        asksForCertificate = configuration.policies.readsClientCertificates
        policies = configuration.policies
        self.resources = resources
        spoolFolder = configuration.spoolFolder
        upstream = listener.upstream
        upstreamName = "\(listener.upstream)"
        upstreamAddress = try? listener.upstream.socketAddress()
    }

    var settings: RelaySettings { sharedSettings.value }

    /// The address that a connection is counted by: a proxy's is not, before it says whose connection it is.
    func counted(_ client: ClientIdentity) -> IPAddress? {
        settings.trusted.sendsHeader(client.address) ? nil : client.address
    }
}

extension ClientSecurity {
    fileprivate init(_ beginning: ListenerSecurity.Beginning?) {
        switch beginning {
        case nil: self = .none
        case .startTLS?: self = .startTLS
        case .implicit?: self = .implicit
        }
    }
}

extension UpstreamSecurity {
    fileprivate init(_ demand: UpstreamTLS.Demand?) {
        switch demand {
        case nil: self = .none
        case .opportunistic?: self = .opportunistic
        case .required?: self = .required
        case .implicit?: self = .implicit
        }
    }
}

/// Where the story of the sessions goes; called on the event loops, so it must not block.
public protocol SessionLog: Sendable {
    func record(_ record: consuming TransactionRecord)
    func note(_ note: SessionNote, session: String, client: ClientIdentity)
    /// Rules have held, those in monitor mode among them: once for each time that their stage was judged.
    func held(_ rules: [RuleReference])
}

import Policy
import SMTPProtocol

/// What bounds a session: every buffer, count and list that a peer can make grow has its limit here.
public struct RelayLimits: Hashable, Sendable {
    /// Recipients of one transaction; beyond: `452 4.5.3` (RFC 5321 4.5.3.1.10 asks for at least 100).
    public var recipients = 1000
    /// Octets of a command line with its CRLF. Offered extensions may ask for more (RFC 5321 4.5.3.1.4).
    public var commandLine = 4096
    /// Octets of a header section; beyond: `552 5.3.4`.
    public var header = 256 * 1024
    /// Octets of a message without dot-stuffing; beyond: `552 5.3.4`. 0 is no limit.
    public var message = 50 * 1024 * 1024
    /// Octets that stay in memory of a message which a rule needs whole; what follows goes to the spool, if there is one.
    public var held = 1024 * 1024
    /// Octets of a message that are swallowed behind its refusal, in wait for its end; beyond, the client hears the reply
    /// and is let go.
    public var drained = 64 * 1024 * 1024
    /// Commands that are no SMTP, or out of place; beyond: `421 4.7.0`.
    public var errors = 20
    /// Received fields; beyond, the message loops: `554 5.4.6` (RFC 5321 6.3).
    public var received = 100
    /// Logins of one client address that may have failed lately; beyond, AUTH ends in `421 4.7.0`.
    public var failedLogins = 20
    /// What a client waits for the answer to its first failed login; each further one doubles it, up to sixteen times.
    public var failedLoginDelay = Nanoseconds.seconds(1)

    /// Content that is looked at before DATA goes to the upstream, so that a short message that is refused
    /// leaves no trace there.
    static let lookahead = 16 * 1024
    /// MAIL and RCPT commands of one client that may wait for the upstream's answers.
    static let pipelinedCommands = 100

    public init() {}
}

/// How long each state may last (RFC 5321 4.5.3.2 gives the least that a server should wait).
public struct RelayTimeouts: Hashable, Sendable {
    /// A client's TLS handshake.
    public var handshake = Nanoseconds.seconds(30)
    /// A client's next command.
    public var command = Nanoseconds.minutes(5)
    /// The next octets of a client's message.
    public var data = Nanoseconds.minutes(10)
    /// A whole session.
    public var session = Nanoseconds.minutes(120)
    /// A connection to the upstream, up to its greeting, and its TLS handshake.
    public var connect = Nanoseconds.seconds(30)
    /// A write to the spool, or a read.
    public var spool = Nanoseconds.seconds(60)
    /// A reply of the upstream to anything but the final dot.
    public var upstreamReply = Nanoseconds.minutes(5)
    /// The reply to the final dot: longer than a client waits that keeps to RFC 5321 4.5.3.2.6.
    public var upstreamFinal = Nanoseconds.minutes(11)
    /// Octets a second that a client's message must reach on average; 0 asks for nothing.
    public var pace = 1000
    /// The time over which the pace is measured.
    public var paceWindow = Nanoseconds.seconds(60)

    public init() {}
}

/// What nearly every session says of Gatepost's name, made once for all.
struct OwnNames: Sendable {
    /// For EHLO to the upstream.
    let hello: HeloArgument
    /// For the clients.
    let greeting: Reply

    init(_ hostname: String) {
        hello = HeloArgument(hostname)
        greeting = Reply(.serviceReady, "\(hostname) ESMTP")
    }
}

/// What every session of a listener has in common; replaced as a whole at a reload, for new sessions alone.
public struct RelaySettings: Sendable {
    /// The name in the greeting, in EHLO to the upstream, and in trace fields.
    public var hostname: String {
        didSet { ownNames = OwnNames(hostname) }
    }
    /// The name of the listener, as rules see it.
    public var listener: String
    public var limits: RelayLimits {
        didSet { nothingOffered = .none(limits) }
    }
    public var timeouts: RelayTimeouts
    /// Whether each message gets a Received field.
    public var addsTraceField: Bool
    /// The stages at which the loaded policy has rules: at all others nobody is asked.
    public var checkpoints: Checkpoints
    /// The memory that messages may take which a rule needs whole.
    public var holdBudget: HoldBudget
    /// What they may take of the spool; nil when there is none, and they stay in memory.
    public var spoolBudget: HoldBudget?
    /// How finished upstream connections are kept for other sessions; nil when they are closed.
    public var reuse: UpstreamReuse?
    /// Whether clients may or must encrypt.
    public var clientSecurity: ClientSecurity
    /// Whether connections to the upstream are encrypted.
    public var upstreamSecurity: UpstreamSecurity
    /// What becomes of 8-bit content before an upstream of 7 bits.
    public var eightBit: EightBitHandling
    /// Whether a message that is here as a whole goes in one chunk to an upstream that offers CHUNKING (RFC 3030) and
    /// PIPELINING.
    public var sendsChunks: Bool
    /// What becomes of content with bare line ends.
    public var lineEnds: LineEnds
    /// Whether clients may log in, by the upstream.
    public var clientAuthentication: ClientAuthentication
    /// How Gatepost logs in to the upstream by itself: then clients do not. Nil when it does not.
    public var upstreamLogin: UpstreamLogin?
    public var failedLogins: FailedLogins
    /// How the upstream learns who the client is.
    public var identify: UpstreamIdentification
    /// Who is believed on who the client is.
    public var trusted: TrustedProxies
    private(set) var ownNames: OwnNames
    let offers = OfferMemory()
    let capabilityMemory = CapabilityMemory()
    /// What a client is offered that has not said EHLO.
    private(set) var nothingOffered: Offer

    public init(
        hostname: String,
        listener: String = "",
        limits: RelayLimits = RelayLimits(),
        timeouts: RelayTimeouts = RelayTimeouts(),
        addsTraceField: Bool = true,
        checkpoints: Checkpoints = Checkpoints(),
        holdBudget: HoldBudget = HoldBudget(octets: 256 * 1024 * 1024),
        spoolBudget: HoldBudget? = nil,
        reuse: UpstreamReuse? = nil,
        clientSecurity: ClientSecurity = .none,
        upstreamSecurity: UpstreamSecurity = .none,
        eightBit: EightBitHandling = .require,
        sendsChunks: Bool = true,
        lineEnds: LineEnds = .refuse,
        clientAuthentication: ClientAuthentication = .afterTLS,
        upstreamLogin: UpstreamLogin? = nil,
        failedLogins: FailedLogins = FailedLogins(),
        identify: UpstreamIdentification = .none,
        trusted: TrustedProxies = TrustedProxies()
    ) {
        self.hostname = hostname
        ownNames = OwnNames(hostname)
        self.listener = listener
        self.limits = limits
        nothingOffered = .none(limits)
        self.timeouts = timeouts
        self.addsTraceField = addsTraceField
        self.checkpoints = checkpoints
        self.holdBudget = holdBudget
        self.spoolBudget = spoolBudget
        self.reuse = reuse
        self.clientSecurity = clientSecurity
        self.upstreamSecurity = upstreamSecurity
        self.eightBit = eightBit
        self.sendsChunks = sendsChunks
        self.lineEnds = lineEnds
        self.clientAuthentication = clientAuthentication
        self.upstreamLogin = upstreamLogin
        self.failedLogins = failedLogins
        self.identify = identify
        self.trusted = trusted
    }

    /// How finished upstream connections are kept: one that was told who its client is serves no other.
    var reuseByAnyone: UpstreamReuse? { identify == .none ? reuse : nil }

    /// Octets that a message may grow by: the trace field, and room for what header rules add.
    var sizeAddition: Int {
        (addsTraceField ? 512 : 0) + (checkpoints.contains(.header) ? 2048 : 0)
    }
}

import MailMessage
import NIOCore
import Policy
import SMTPProtocol

/// A transaction as a client would make it, judged stage by stage without a network.
///
/// The stages are those of the relay, in its order: `connect`, `helo`, then the single command if there is one, else
/// `mail`, `recipient` for each recipient, `header` and `message`. Stages for which nothing is given are not reached.
/// What no rule refuses is taken as accepted by the upstream.
public struct SimulatedTransaction: Sendable {
    public struct Recipient: Hashable, Sendable {
        public var path: ForwardPath
        public var parameters: ESMTPParameters

        public init(_ path: ForwardPath, parameters: ESMTPParameters = ESMTPParameters()) {
            self.path = path
            self.parameters = parameters
        }
    }

    public var listener = ""
    public var clientAddress: IPAddress?
    public var clientPort: Int?
    /// What is found of the client in the domain name system; nobody asks it.
    public var clientNames = ClientNames.none
    /// The hour of the day, 0 to 23.
    public var hour = 12
    /// The day of the week, 1 (Monday) to 7 (Sunday).
    public var weekday = 1
    /// How the client's connection is encrypted; nil when it is not.
    public var encryption: EncryptionFacts?
    /// Who the client has logged in as; nil when it has not.
    public var authentication: AuthenticationFacts?
    public var helo: HeloArgument?
    public var command: CommandFacts?
    public var sender: ReversePath?
    public var mailParameters = ESMTPParameters()
    public var recipients: [Recipient] = []
    public var message: SimulatedMessage?
    /// Tags that are set before the first stage, as rules of other policies might.
    public var tags: Set<String> = []

    /// How often the client makes the transaction, and how long after each other.
    public var repetition = Repetition()

    public struct Repetition: Hashable, Sendable {
        /// More are not simulated.
        public static let most = 100_000

        public var times = 1
        public var interval = Duration.zero
    }

    /// What a client that is up to date would agree on.
    public static let anyEncryption = EncryptionFacts(version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384")

    /// How a client logs in of which nobody says how.
    public static let anyMechanism = SASLMechanism.plain

    public init() {}

    /// The time of the transaction, in the week that began on Monday, 1 January 2024, or a while later.
    private func moment(after time: Duration) -> Moment {
        let (seconds, attoseconds) = time.components
        let nanoseconds = UInt64(clamping: seconds) &* 1_000_000_000 &+ UInt64(clamping: attoseconds / 1_000_000_000)
        let hours = Int64((weekday - 1) * 24 + hour)
        return Moment(nanoseconds: nanoseconds, epochSeconds: 1_704_067_200 + hours * 3600 &+ seconds)
    }

    /// Lets the client's address point to a reverse name, or to the name that leads back to it if that is not given.
    public mutating func setNames(_ name: String?, reverse: String?) {
        clientNames = ClientNames(
            reverse: (reverse ?? name).map(NameAnswer.found) ?? .absent,
            confirmed: name.map(NameAnswer.found) ?? .absent
        )
    }

    /// Judges the transaction; of several that are alike, the last.
    public func run(_ policies: PolicySet) -> SimulatedOutcome {
        let counters = RateCounters()
        var outcome = SimulatedOutcome()
        for number in 0..<max(1, repetition.times) {
            let now = moment(after: repetition.interval * number)
            var run = SimulatedRun(policies: policies, transaction: self, counters: counters, now: now)
            run.run()
            outcome = run.outcome
        }
        return outcome
    }
}

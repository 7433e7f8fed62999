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
    /// The hour of the day, 0 to 23.
    public var hour = 12
    /// The day of the week, 1 (Monday) to 7 (Sunday).
    public var weekday = 1
    public var helo: HeloArgument?
    public var command: CommandFacts?
    public var sender: ReversePath?
    public var mailParameters = ESMTPParameters()
    public var recipients: [Recipient] = []
    public var message: SimulatedMessage?
    /// Tags that are set before the first stage, as rules of other policies might.
    public var tags: Set<String> = []

    public init() {}

    /// The time of the transaction: in the week that began on Monday, 1 January 2024.
    var moment: Moment {
        let hours = (weekday - 1) * 24 + hour
        return Moment(nanoseconds: 0, epochSeconds: 1_704_067_200 + Int64(hours) * 3600)
    }

    /// Judges the transaction.
    public func run(_ policies: PolicySet) -> SimulatedOutcome {
        var run = SimulatedRun(policies: policies, transaction: self)
        run.run()
        return run.outcome
    }
}

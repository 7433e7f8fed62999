import Policy
import SMTPProtocol

/// An upstream connection that has served a session, was reset by RSET, and may serve another one.
public struct KeptUpstream: Hashable, Sendable {
    /// What its upstream said to EHLO.
    public let capabilities: Capabilities
    /// Transactions begun on it.
    public let transactions: Int
    /// How it is encrypted; nil when it is not.
    public let encryption: EncryptionFacts?

    public init(capabilities: Capabilities, transactions: Int, encryption: EncryptionFacts? = nil) {
        self.capabilities = capabilities
        self.transactions = transactions
        self.encryption = encryption
    }
}

/// How long finished upstream connections are kept for the sessions to come, and for how much.
public struct UpstreamReuse: Hashable, Sendable {
    /// A connection that nobody has asked for in this time is closed.
    public var idle = Nanoseconds.seconds(10)
    /// A connection that has seen this many transactions is closed.
    public var transactions = 100

    public init() {}
}

import NIOCore
import SMTPProtocol

/// A message as the sink received it.
public struct ReceivedMessage: Hashable, Sendable {
    public struct Recipient: Hashable, Sendable {
        public var path: ForwardPath
        public var parameters: ESMTPParameters
    }

    /// What the client called itself.
    public var helo: HeloArgument
    /// Whether the client said EHLO.
    public var isExtended: Bool
    public var sender: ReversePath
    public var parameters: ESMTPParameters
    public var recipients: [Recipient]
    /// The octets between 354 and the final dot, without stuffed dots, every line end as it came.
    public var content: ByteBuffer
}

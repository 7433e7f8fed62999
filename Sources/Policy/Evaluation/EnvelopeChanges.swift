import SMTPProtocol

/// What the rules of a stage have changed in the envelope.
public struct EnvelopeChanges: Hashable, Sendable {
    /// The reverse-path that takes the place of the one judged; nil leaves that.
    public var sender: ReversePath?
    /// The forward-path that takes the place of the one judged; nil leaves that.
    public var recipient: ForwardPath?
    /// Recipients that the message is to have besides, each once, in order.
    public private(set) var added: [ForwardPath] = []
    /// The recipient judged is taken out of the envelope.
    public var dropsRecipient = false

    public init() {}

    public mutating func add(_ recipient: ForwardPath) {
        if !added.contains(recipient) { added.append(recipient) }
    }
}

import NIOCore

/// One header field as it stands in its section.
public struct HeaderField: Hashable, Sendable {
    /// The name as written; empty when the field is malformed.
    public let name: String
    /// All octets: name, colon, value with its folding, and the CRLF unless the message ended before it.
    public let octets: ByteBuffer
    /// No field-name and colon: the line is kept, and nothing but its removal can be asked for.
    public let isMalformed: Bool
}

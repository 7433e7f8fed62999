/// What becomes of 8-bit content before an upstream that does not offer 8BITMIME (RFC 6152 3).
public enum EightBitHandling: Hashable, Sendable {
    /// 8BITMIME is not offered, and 8-bit content is refused: `554 5.6.3`.
    case require
    /// 8BITMIME is offered, and 8-bit parts are written in quoted-printable or base64. What is signed or encrypted as a
    /// whole is refused, and so is a message with a DKIM-Signature, unless signatures may be broken.
    case downgrade(breakingSignatures: Bool)

    var isDowngrade: Bool { self != .require }
}

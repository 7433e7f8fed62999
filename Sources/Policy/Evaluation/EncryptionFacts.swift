/// What was agreed on when a connection was encrypted.
public struct EncryptionFacts: Hashable, Sendable {
    /// `TLSv1.2`, `TLSv1.3`
    public var version: String
    /// The cipher suite, as OpenSSL names it.
    public var cipher: String
    /// Of the peer's certificate: SHA-256 in hexadecimal with colons; nil without one.
    public var fingerprint: String?
    /// Of the peer's certificate (RFC 4514); nil unless a trusted authority vouches for it.
    public var subject: String?

    public init(version: String, cipher: String, fingerprint: String? = nil, subject: String? = nil) {
        self.version = version
        self.cipher = cipher
        self.fingerprint = fingerprint
        self.subject = subject
    }
}

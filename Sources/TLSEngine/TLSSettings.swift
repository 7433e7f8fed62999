/// What an operator chooses of the protocol. The strings are OpenSSL's own, as `openssl ciphers` and the manual page of
/// SSL_CTX_set1_groups_list have them; nil takes the default.
public struct TLSSettings: Hashable, Sendable {
    public enum Version: String, CaseIterable, Hashable, Sendable {
        case tls12 = "1.2"
        case tls13 = "1.3"
    }

    /// Older versions are refused (RFC 8996 forbids those before 1.2).
    public var minimum = Version.tls12
    /// Newer versions are not spoken; nil is no limit.
    public var maximum: Version?
    /// Of TLS 1.2; by default authenticated ciphers with forward secrecy.
    public var ciphers: String?
    /// Of TLS 1.3; by default the library's.
    public var suites: String?
    /// Of the key exchange; by default the library's, which newer versions extend.
    public var groups: String?

    public init() {}

    public static let defaultCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20"
}

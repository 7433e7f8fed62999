/// Whether the connections of a listener's clients are encrypted.
public enum ClientSecurity: Hashable, Sendable {
    case none
    /// STARTTLS is offered (RFC 3207).
    case startTLS
    /// TLS comes first, before the greeting (RFC 8314 3.3).
    case implicit
}

/// Whether the connections to an upstream are encrypted. Whose certificate is believed is the business of those who
/// carry out the handshake.
public enum UpstreamSecurity: Hashable, Sendable {
    case none
    /// By STARTTLS where the upstream offers it and the handshake succeeds, else in clear.
    case opportunistic
    /// By STARTTLS, or no mail is passed on.
    case required
    /// TLS comes first, before the upstream's greeting.
    case implicit
}

/// Whether clients of a listener are offered AUTH (RFC 4954). Who may log in is the upstream's to say.
public enum ClientAuthentication: Hashable, Sendable {
    case off
    /// Once the connection is encrypted; before that the client hears 538 (RFC 4954 section 4).
    case afterTLS
    /// In clear, too.
    case always
}

/// Who the client has proven to be (RFC 4954), as the upstream has confirmed it.
public struct AuthenticationFacts: Hashable, Sendable {
    /// Whose credentials they were; nil when the mechanism's responses did not tell.
    public var user: String?
    /// The SASL mechanism, `PLAIN`.
    public var mechanism: String

    public init(user: String?, mechanism: String) {
        self.user = user
        self.mechanism = mechanism
    }
}

import SMTPProtocol

/// How Gatepost logs in to an upstream by itself, on each new connection.
public struct UpstreamLogin: Hashable, Sendable {
    public enum Secret: Hashable, Sendable {
        /// By PLAIN, or by LOGIN where that alone is offered.
        case password(Credential)
        /// An OAuth 2.0 access token, by XOAUTH2.
        case token(Credential)
    }

    public let user: String
    public let secret: Secret
    /// The connection never leaves this host, and need not be encrypted.
    public let mayBeInClear: Bool

    public init(user: String, secret: Secret, mayBeInClear: Bool = false) {
        self.user = user
        self.secret = secret
        self.mayBeInClear = mayBeInClear
    }

    /// The mechanism to log in by, among those that the upstream offers, and the responses that it takes, in order; nil
    /// when none will do.
    func exchange(among offered: [String]) -> (mechanism: SASLMechanism, responses: [Credential])? {
        func isOffered(_ mechanism: SASLMechanism) -> Bool { offered.contains(mechanism.rawValue) }
        switch secret {
        case .password(let password) where isOffered(.plain):
            return (.plain, [Credential(encoding: [0] + user.utf8 + [0] + password.text.utf8)])
        case .password(let password) where isOffered(.login):
            return (.login, [Credential(encoding: Array(user.utf8)), Credential(encoding: Array(password.text.utf8))])
        case .token(let token) where isOffered(.xoauth2):
            // Behind a refusal, its reason is a challenge that wants an answer of no octets.
            let response = "user=\(user)\u{1}auth=Bearer \(token.text)\u{1}\u{1}"
            return (.xoauth2, [Credential(encoding: Array(response.utf8)), Credential("")])
        case .password, .token:
            return nil
        }
    }
}

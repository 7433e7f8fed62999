import SMTPProtocol

/// Something the upstream owes a reply for.
enum UpstreamRequest: Hashable, Sendable {
    case greeting
    case hello(extended: Bool)
    case startTLS
    /// Gatepost's own AUTH, and each of its responses.
    case login
    /// A client's AUTH, and each of its responses.
    case authentication
    /// XCLIENT.
    case identity
    /// XFORWARD.
    case forwarding
    case mail
    case recipient
    case reset
    case data
    case endOfData
    /// The RSET behind a chunk.
    case confirmation
    case verification
    case quit

    init(_ command: Command) {
        switch command {
        case .ehlo: self = .hello(extended: true)
        case .helo, .lhlo: self = .hello(extended: false)
        case .mail: self = .mail
        case .rcpt: self = .recipient
        case .rset: self = .reset
        case .data: self = .data
        case .quit: self = .quit
        case .startTLS: self = .startTLS
        case .xclient: self = .identity
        case .xforward: self = .forwarding
        case .vrfy, .expn, .etrn, .help, .noop, .turn, .bdat, .send, .soml, .saml:
            self = .verification
        case .auth: self = .authentication
        }
    }

    /// Whether a reply to it is one to the transaction or question under way.
    var isOfTransaction: Bool {
        switch self {
        case .mail, .recipient, .data, .endOfData, .confirmation, .verification: true
        case .greeting, .hello, .startTLS, .identity, .login, .authentication, .forwarding, .reset, .quit: false
        }
    }

    /// Whether more may be sent before the reply comes (RFC 2920 3.1).
    var allowsPipelining: Bool {
        switch self {
        case .forwarding, .mail, .recipient, .reset: true
        case .greeting, .hello, .startTLS, .identity, .login, .authentication: false
        case .data, .endOfData, .confirmation, .verification, .quit: false
        }
    }

    /// Whether a reply with this code answers the request; any other is a fault of the upstream.
    func admits(_ code: ReplyCode) -> Bool {
        switch code.severity {
        case .transientNegative, .permanentNegative: true
        case .positiveCompletion: isOfLogin ? code == .authenticationSucceeded : self != .data
        case .positiveIntermediate:
            isOfLogin ? code == .authenticationChallenge : self == .data && code == .startMailInput
        }
    }

    private var isOfLogin: Bool { self == .login || self == .authentication }
}

/// A command of RFC 5321 section 4.1.1 or of an extension.
public enum Command: Hashable, Sendable {
    case helo(HeloArgument)
    case ehlo(HeloArgument)
    /// EHLO of LMTP (RFC 2033).
    case lhlo(HeloArgument)
    case mail(ReversePath, ESMTPParameters)
    case rcpt(ForwardPath, ESMTPParameters)
    case data
    case rset
    case quit
    /// RFC 3207.
    case startTLS
    /// RFC 821; parsed so that it can be refused by name, as SEND, SOML and SAML are.
    case turn
    case vrfy(String)
    case expn(String)
    /// RFC 1985.
    case etrn(String)
    case help(String?)
    case noop(String?)
    /// RFC 3030: as many octets of content follow the line.
    case bdat(octets: Int, isLast: Bool)
    /// RFC 4954. The mechanism is in upper case; the initial response is base64, or `=` for an empty one.
    case auth(mechanism: String, initialResponse: Credential?)
    case send(ReversePath)
    case soml(ReversePath)
    case saml(ReversePath)
    /// Postfix's: whom the sender of the command speaks for.
    case xclient([ClientAttribute])
    /// Postfix's: where the message that follows comes from.
    case xforward([ClientAttribute])

    public var verb: Verb {
        switch self {
        case .helo: .helo
        case .ehlo: .ehlo
        case .lhlo: .lhlo
        case .mail: .mail
        case .rcpt: .rcpt
        case .data: .data
        case .rset: .rset
        case .quit: .quit
        case .startTLS: .startTLS
        case .turn: .turn
        case .vrfy: .vrfy
        case .expn: .expn
        case .etrn: .etrn
        case .help: .help
        case .noop: .noop
        case .bdat: .bdat
        case .auth: .auth
        case .send: .send
        case .soml: .soml
        case .saml: .saml
        case .xclient: .xclient
        case .xforward: .xforward
        }
    }
}

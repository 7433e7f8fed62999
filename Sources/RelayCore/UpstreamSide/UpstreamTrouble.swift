import SMTPProtocol

/// Why an upstream cannot go on with a session. Each is trouble that may pass: the client hears 4yz, never 5yz.
public enum UpstreamTrouble: Hashable, Sendable {
    /// No connection, or no greeting that lets us in; the text is for the log.
    case unreachable(String)
    /// It must be encrypted and cannot be.
    case insecure(String)
    /// It has not let Gatepost log in, or cannot be asked to; the text is for the log.
    case loginRefused(String)
    /// It must learn who the client is and does not take it.
    case unidentified(String)
    /// The connection ended.
    case closed
    /// It said 421 (RFC 5321 3.8).
    case shuttingDown(Reply)
    /// It did not answer in time.
    case silent
    /// It said what makes no sense, or spoke when it was not asked.
    case confused(String)
    /// Since its extensions were last asked for it lost one that the client was offered.
    case capabilitiesShrank

    /// What the log says.
    public var detail: String {
        switch self {
        case .unreachable(let why): "unreachable: \(why)"
        case .insecure(let why): "no TLS: \(why)"
        case .loginRefused(let why): "login: \(why)"
        case .unidentified(let why): "not told who the client is: \(why)"
        case .closed: "closed the connection"
        case .shuttingDown(let reply): "shutting down: \(reply)"
        case .silent: "no answer in time"
        case .confused(let what): "protocol error: \(what)"
        case .capabilitiesShrank: "offers less than before"
        }
    }
}

import SMTPProtocol

/// What becomes of content with a CR or LF that stands alone (RFC 5321 2.3.8); it never goes on as it came.
public enum LineEnds: Hashable, Sendable {
    /// `550 5.6.11` behind the end of the message.
    case refuse
    /// Each becomes a CRLF.
    case normalise
    /// As with `normalise` for clients in these networks; others are refused.
    case normaliseFor([IPNetwork])

    /// - Parameter client: nil for a client on a Unix-domain socket.
    func areNormalised(for client: IPAddress?) -> Bool {
        switch self {
        case .refuse: false
        case .normalise: true
        case .normaliseFor(let networks): client.map { client in networks.contains { $0.contains(client) } } ?? false
        }
    }
}

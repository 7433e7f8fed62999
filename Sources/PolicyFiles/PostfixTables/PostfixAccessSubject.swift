/// What a table of access(5) is asked about: which of Postfix's `check_…_access` it stands behind.
public enum PostfixAccessSubject: String, CaseIterable, Sendable {
    /// `check_client_access`: the client's name, then its address.
    case client
    /// `check_helo_access`
    case helo
    /// `check_sender_access`
    case sender
    /// `check_recipient_access`
    case recipient

    /// The attribute that stands in a refusal for what was looked up.
    private var shown: String {
        switch self {
        case .client: "client.address"
        case .helo, .sender, .recipient: rawValue
        }
    }

    /// The attribute of a host name or of the domain of an address.
    var domainAttribute: String {
        switch self {
        case .client: "client.name"
        case .helo: "helo"
        case .sender, .recipient: "\(rawValue).domain"
        }
    }

    var isMailbox: Bool { self == .sender || self == .recipient }

    /// What the subject and detail of an enhanced status code become where they were meant for something else: 1.1 to
    /// 1.6 are about recipients, 1.7 and 1.8 about senders [RFC 3463, 3.2].
    func statusDetail(_ detail: String) -> String {
        switch (self, detail) {
        case (.sender, "1.1"), (.sender, "1.3"), (.sender, "1.4"), (.sender, "1.6"): "1.7"
        case (.sender, "1.2"): "1.8"
        case (.sender, "1.5"): "1.0"
        case (.recipient, "1.7"): "1.3"
        case (.recipient, "1.8"): "1.2"
        case (.client, _), (.helo, _): detail.hasPrefix("1.") ? "0.0" : detail
        default: detail
        }
    }

    /// What Postfix says of a refusal, around its text.
    func refusal(_ text: String) -> String {
        let name =
            switch self {
            case .client: "Client host"
            case .helo: "Helo command"
            case .sender: "Sender address"
            case .recipient: "Recipient address"
            }
        return "<{\(shown)}>: \(name) rejected: \(text)"
    }
}

import SMTPProtocol

/// A value that an attribute has.
enum AttributeValue: Hashable, Sendable {
    case text(String)
    case number(Int)
    case flag(Bool)
    case network(IPAddress)
    case mailbox(Mailbox)

    /// The value as policies write it.
    var text: String {
        switch self {
        case .text(let text): text
        case .number(let number): String(number)
        case .flag(let flag): flag ? "true" : "false"
        case .network(let address): address.description
        case .mailbox(let mailbox): mailbox.description
        }
    }
}

import MailMessage
import SMTPProtocol

/// A value that an attribute has.
enum AttributeValue: Hashable, Sendable {
    case text(String)
    case number(Int)
    case flag(Bool)
    case network(IPAddress)
    /// A mailbox of the envelope.
    case mailbox(Mailbox)
    /// A mailbox of a header field, which need not be well-formed.
    case entry(AddressList.Entry)

    /// The value as policies write it.
    var text: String {
        switch self {
        case .text(let text): text
        case .number(let number): String(number)
        case .flag(let flag): flag ? "true" : "false"
        case .network(let address): address.description
        case .mailbox(let mailbox): mailbox.description
        case .entry(let entry): entry.address
        }
    }
}

import NIOCore
import Policy
import SMTPProtocol

/// The Received field that is added on top of each message (RFC 5321 4.4).
struct TraceField {
    var helo: HeloArgument?
    var client: IPAddress?
    var hostname: String
    /// `SMTP` behind HELO, `ESMTP` behind EHLO (RFC 3848).
    var isExtended: Bool
    /// TLS is active.
    var isEncrypted: Bool
    /// The client has logged in.
    var isAuthenticated: Bool
    /// The message was announced with SMTPUTF8.
    var isInternational: Bool
    var transaction: String
    /// Named when it is the only one: more would tell each recipient of the others.
    var recipient: ForwardPath?
    var moment: Moment

    func write(into buffer: inout ByteBuffer) {
        let from = from
        let client = client.map { AddressLiteral.ip($0).description }
        let protocolName = protocolName
        let recipient = recipient.map { $0.mailbox?.description ?? "postmaster" }
        let date = CalendarDate(moment).messageDate
        let varying =
            from.utf8.count + (client?.utf8.count ?? 0) + hostname.utf8.count + transaction.utf8.count
            + (recipient?.utf8.count ?? 0)
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: varying + 128) { octets in
            var writer = OctetWriter(octets)
            writer.put("Received: from ")
            writer.put(text: from)
            if let client {
                writer.put(" (")
                writer.put(text: client)
                writer.put(")")
            }
            writer.put("\r\n\tby ")
            writer.put(text: hostname)
            writer.put(" with ")
            writer.put(text: protocolName)
            writer.put(" id ")
            writer.put(text: transaction)
            if let recipient {
                writer.put("\r\n\tfor <")
                writer.put(text: recipient)
                writer.put(">")
            }
            writer.put(";\r\n\t")
            writer.put(text: date)
            writer.put("\r\n")
            return writer.count
        }
    }

    /// What the client called itself when that is a domain or an address literal; else only what the network knows.
    ///
    /// A name beyond ASCII may stand in a message that was announced with SMTPUTF8 alone (RFC 6531 3.7.3): another one
    /// may go to an upstream that takes no 8-bit octets.
    private var from: String {
        guard let helo, isInternational || helo.text.utf8.allSatisfy({ $0 < 0x80 }) else { return "unknown" }
        switch helo.kind {
        case .name where helo.text.utf8.count <= 255, .literal: return helo.text
        case .name, .invalid: return "unknown"
        }
    }

    private var protocolName: String {
        guard isInternational || isExtended else { return "SMTP" }
        return (isInternational ? "UTF8SMTP" : "ESMTP") + (isEncrypted ? "S" : "") + (isAuthenticated ? "A" : "")
    }
}

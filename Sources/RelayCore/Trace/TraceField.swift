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
        var octets: [UInt8] = []
        octets.reserveCapacity(256)
        octets += "Received: from ".utf8
        octets += from.utf8
        if let client {
            octets += " (".utf8
            octets += AddressLiteral.ip(client).description.utf8
            octets += ")".utf8
        }
        octets += "\r\n\tby ".utf8
        octets += hostname.utf8
        octets += " with ".utf8
        octets += protocolName.utf8
        octets += " id ".utf8
        octets += transaction.utf8
        if let recipient {
            octets += "\r\n\tfor ".utf8
            octets += recipient.description.utf8
        }
        octets += ";\r\n\t".utf8
        octets += CalendarDate(moment).messageDate.utf8
        octets += "\r\n".utf8
        buffer.writeBytes(octets)
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

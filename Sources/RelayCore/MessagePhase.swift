import MailMessage
import NIOCore
import SMTPProtocol

/// Where the message of a transaction is.
enum MessagePhase: Sendable {
    /// No DATA.
    case none
    /// The header section is being collected.
    case header(HeaderSectionFramer)
    /// The header section has been judged; a little more is looked at before the upstream hears DATA, or all of it
    /// when a rule needs the whole message.
    case lookahead
    /// DATA went upstream; its reply is awaited and nothing of the client is read.
    case opening
    /// 354 came: content goes upstream as it comes.
    case streaming
    /// The message is refused; the rest is swallowed and the reply given behind the client's end-of-data.
    case draining(Reply)
    /// The final dot went upstream.
    case awaitingFinal
}

/// What is kept of a message until the upstream has said 354.
struct HeldContent: Sendable {
    /// Content behind the header section, in order, with the empty line.
    private(set) var pieces: [ByteBuffer] = []
    private(set) var octets = 0
    /// Octets taken from the budget that all sessions share.
    var budgeted = 0
    /// The client's end-of-data has come.
    var isComplete = false

    mutating func append(_ piece: ByteBuffer) {
        guard piece.readableBytes > 0 else { return }
        octets += piece.readableBytes
        pieces.append(piece)
    }

    mutating func removeAll() -> [ByteBuffer] {
        defer { pieces = []; octets = 0 }
        return pieces
    }
}

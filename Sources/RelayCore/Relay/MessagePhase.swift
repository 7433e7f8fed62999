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
    /// The final dot, or all of the message as one chunk, went upstream.
    case awaitingFinal(asChunk: Bool)

    var isNone: Bool {
        if case .none = self { true } else { false }
    }
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

    /// Pieces below this size that follow each other are copied together: a slice keeps the whole buffer that it came
    /// in, and a client may send octet by octet.
    private static let copiedPiece = 4 * 1024
    /// The last piece is a copy, which may grow.
    private var endsInCopy = false

    mutating func append(_ piece: ByteBuffer) {
        guard piece.readableBytes > 0 else { return }
        octets += piece.readableBytes
        guard piece.readableBytes < Self.copiedPiece, let last = pieces.indices.last,
            pieces[last].readableBytes < Self.copiedPiece
        else {
            pieces.append(piece)
            endsInCopy = false
            return
        }
        if !endsInCopy {
            pieces[last] = ByteBuffer(bytes: pieces[last].readableBytesView)
            endsInCopy = true
        }
        pieces[last].writeImmutableBuffer(piece)
    }

    /// Calls a body with each piece in order.
    func forEach(_ body: (ByteBuffer) -> Void) {
        for piece in pieces { body(piece) }
    }

    mutating func removeAll() -> [ByteBuffer] {
        defer { pieces = []; octets = 0; endsInCopy = false }
        return pieces
    }
}

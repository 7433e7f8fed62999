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
    /// 354 came: what was held in the spool is read back and goes upstream as that drains.
    case replaying
    /// The message is refused; the rest is swallowed and the reply given behind the client's end-of-data.
    case draining(Reply)
    /// The final dot, or all of the message as one chunk, went upstream.
    case awaitingFinal

    var isNone: Bool {
        if case .none = self { true } else { false }
    }
}

/// What is kept of a message until the upstream has said 354: its beginning in memory, and what follows in the spool.
struct HeldContent: Sendable {
    /// Content behind the header section, in order, with the empty line.
    private(set) var pieces: [ByteBuffer] = []
    private(set) var octets = 0
    /// Octets taken from the budget that all sessions share.
    var budgeted = 0
    /// What follows the octets in memory.
    var spooled = SpooledContent()
    /// The client's end-of-data has come.
    var isComplete = false

    /// Pieces below this size that follow each other are copied together: a slice keeps the whole buffer that it came
    /// in, and a client may send octet by octet.
    private static let copiedPiece = 4 * 1024
    /// The last piece is a copy, which may grow.
    private var endsInCopy = false

    /// The last piece is a chunk, which may be filled up.
    private var endsInChunk = false
    /// Octets of a chunk.
    private static let chunk = 32 * 1024

    /// Appends in memory that is little larger than the content, for long: a slice that keeps a larger buffer is copied.
    mutating func appendCompactly(_ content: ByteBuffer) {
        guard content.storageCapacity > content.readableBytes / 8 * 9 else { return append(content) }
        octets += content.readableBytes
        var rest = content
        while rest.readableBytes > 0 {
            if !endsInChunk {
                let capacity = pieces.isEmpty ? min(Self.chunk, rest.readableBytes) : Self.chunk
                pieces.append(ByteBufferAllocator().buffer(capacity: capacity))
                endsInChunk = true
                endsInCopy = false
            }
            let last = pieces.count - 1
            guard var part = rest.readSlice(length: min(rest.readableBytes, pieces[last].writableBytes)) else { return }
            pieces[last].writeBuffer(&part)
            if pieces[last].writableBytes == 0 { endsInChunk = false }
        }
    }

    mutating func append(_ piece: ByteBuffer) {
        guard piece.readableBytes > 0 else { return }
        endsInChunk = false
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

    /// Calls a body with each piece in order. Only before anything was written to the spool.
    func forEach(_ body: (ByteBuffer) -> Void) {
        for piece in pieces { body(piece) }
        if spooled.tail.readableBytes > 0 { body(spooled.tail) }
    }

    mutating func removeAll() -> [ByteBuffer] {
        defer { pieces = []; octets = 0; endsInCopy = false; endsInChunk = false }
        return pieces
    }
}

/// What of a held message is beyond the memory for it: first what the spool has, then what it is not given yet.
struct SpooledContent: Sendable {
    /// Octets that were given to the spool.
    var written = 0
    /// Octets of these that were read back.
    var read = 0
    /// What follows them: written when it is a whole piece, and the last of it never.
    var tail = ByteBuffer()
    /// Octets taken from the quota that all sessions share.
    var budgeted = 0
    /// The spool's answer is awaited.
    var isAwaited = false

    /// Octets of a write. The client is not read while one is under way.
    static let piece = 32 * 1024
    /// Octets of a read, of which two at most wait for the upstream to drain.
    static let readPiece = 16 * 1024

    /// Whether what comes next must follow what is here.
    var isUsed: Bool { budgeted > 0 }
}

import NIOCore

/// Makes lines and message content of the octets that a client sends.
///
/// The session says with each call what it expects, so that pipelined octets wait until it is known what they are.
/// Frames are slices of the buffers that came in. A buffer that is used up is let go of, for its owner to use again; what
/// cannot be framed yet is kept, and its bound is the caller's to keep, by not reading on.
///
/// Only CRLF ends a line, in commands and in content alike (RFC 5321 section 2.3.8), and only CRLF.CRLF ends content.
public struct ClientFramer: Sendable {
    /// What the session is ready to take.
    public enum Expectation: Hashable, Sendable {
        /// A line of so many octets at most, its CRLF included.
        case line(limit: Int)
        /// Content up to its end; `beginData` comes first.
        case data
        case nothing
    }

    public enum Frame: Hashable, Sendable {
        /// A line without its CRLF. A bare CR may be in it.
        case line(ByteBuffer)
        /// A line was longer than the limit and is gone.
        case overlongLine
        /// A LF without CR. Said at once, since whoever sends LF alone waits for an answer; what follows, up to and
        /// including the next CRLF, is then discarded without further notice.
        case bareLineFeed
        /// Some of the content, never empty, with its dots unstuffed.
        case content(ByteBuffer)
        /// The content is complete: its last line end has been given, the final dot is gone.
        case endOfData
    }

    /// What has not been framed; nil rather than empty, so that no storage is held.
    var buffer: ByteBuffer?
    /// Large pieces that came behind it: content is framed of one after the other, and only a line may reach from one into
    /// the next. There are none without a buffer.
    var pieces: [ByteBuffer] = []
    var lines = LineState()
    var data = DataState()

    /// What is known of the content so far, updated before a frame of it is returned.
    public internal(set) var content = ContentStatistics()
    /// Whether a line of the last content that was given may begin with a dot, behind its first octet.
    public internal(set) var contentMayHoldDots = false

    public init() {}

    public var bufferedByteCount: Int {
        pieces.reduce(buffer?.readableBytes ?? 0) { $0 + $1.readableBytes }
    }

    public mutating func receive(_ bytes: ByteBuffer) {
        guard bytes.readableBytes > 0 else { return }
        if buffer == nil {
            buffer = bytes
        } else if bytes.isLarge {
            pieces.append(bytes)
        } else if pieces.isEmpty {
            buffer?.append(received: bytes)
        } else {
            pieces[pieces.count - 1].append(received: bytes)
        }
    }

    /// Makes one buffer of all that was received.
    mutating func joinPieces() {
        for piece in pieces { buffer?.append(received: piece) }
        pieces.removeAll()
    }

    /// Goes on with what came behind the buffer, which is used up.
    private mutating func useUpBuffer() {
        buffer = pieces.isEmpty ? nil : pieces.removeFirst()
    }

    /// The next frame of the kind expected, nil when more octets are needed.
    public mutating func next(_ expectation: Expectation) -> Frame? {
        switch expectation {
        case .line(let limit): nextLine(limit: limit)
        case .data: nextContent()
        case .nothing: nil
        }
    }

    /// Forgets what was received and not framed, a half discarded line too: TLS begins here (RFC 3207 section 4.2).
    public mutating func discardBuffered() {
        buffer = nil
        pieces.removeAll()
        lines = LineState()
        data = DataState()
    }

    /// Prepares for the content of a message and resets its statistics.
    public mutating func beginData(measuringLongestLine: Bool) {
        content = ContentStatistics()
        data = DataState()
        data.measuresLongestLine = measuringLongestLine
    }

    /// Takes octets from the front of the buffer, and lets go of it when nothing remains.
    mutating func consume(_ count: Int) -> ByteBuffer {
        lines.scanned = 0
        guard var rest = buffer else { return ByteBuffer() }
        if count >= rest.readableBytes {
            useUpBuffer()
            return rest
        }
        buffer = nil
        let slice = rest.readSlice(length: count) ?? ByteBuffer()
        buffer = rest
        return slice
    }

    mutating func drop(_ count: Int) {
        lines.scanned = 0
        if count >= buffer?.readableBytes ?? 0 {
            useUpBuffer()
        } else {
            buffer?.moveReaderIndex(forwardBy: count)
        }
    }
}

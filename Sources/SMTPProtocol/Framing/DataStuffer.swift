import NIOCore

/// Prepares content for DATA: a dot before each line that begins with one, and the final dot (RFC 5321 section 4.5.2).
public struct DataStuffer: Sendable {
    private var state = State.lineStart

    private enum State {
        case lineStart
        case carriageReturn
        case insideLine
    }

    public init() {}

    /// The content as it is sent: the very buffer when there is nothing to stuff, a copy with the dots otherwise.
    ///
    /// - Parameter mayHoldDots: Whether a line behind the first octet may begin with a dot. Where it is known that none
    ///   does, none is looked for.
    public mutating func stuff(_ content: ByteBuffer, mayHoldDots: Bool = true) -> ByteBuffer {
        guard content.readableBytes > 0 else { return content }
        let before = state
        let (first, after) = content.withUnsafeReadableBytes { octets -> (Int?, State) in
            let after = Self.state(after: octets, before)
            assert(mayHoldDots || Self.lineStartDot(in: octets, from: 1, before) == nil)
            if before == .lineStart, octets[0] == .dot { return (0, after) }
            return (mayHoldDots ? Self.lineStartDot(in: octets, from: 0, before) : nil, after)
        }
        state = after
        guard let first else { return content }
        return content.withUnsafeReadableBytes { octets in
            var stuffed = ByteBufferAllocator().buffer(capacity: octets.count + octets.count / 16 + 16)
            var start = 0
            var dot: Int? = first
            while let end = dot {
                stuffed.writeBytes(UnsafeRawBufferPointer(rebasing: octets[start..<end]))
                stuffed.writeInteger(UInt8.dot)
                start = end
                dot = mayHoldDots ? Self.lineStartDot(in: octets, from: end + 1, before) : nil
            }
            stuffed.writeBytes(UnsafeRawBufferPointer(rebasing: octets[start...]))
            return stuffed
        }
    }

    /// Ends the message: the final dot's line, behind a CRLF if the last line lacks it. The next message may follow.
    public mutating func end() -> ByteBuffer {
        defer { state = .lineStart }
        return state == .lineStart ? Self.finalDot : Self.finalDotBehindLineEnd
    }

    private static let finalDot = ByteBuffer(string: ".\r\n")
    private static let finalDotBehindLineEnd = ByteBuffer(string: "\r\n.\r\n")

    /// The next dot behind a CRLF, from an index on; the octets before the first are known by the state.
    private static func lineStartDot(in octets: UnsafeRawBufferPointer, from start: Int, _ before: State) -> Int? {
        var start = max(start, 1)
        while let dot = OctetSearch.lineFeedDot(in: octets, from: start) {
            if dot > 1 ? octets[dot - 2] == .carriageReturn : before == .carriageReturn { return dot }
            start = dot + 1
        }
        return nil
    }

    private static func state(after octets: UnsafeRawBufferPointer, _ before: State) -> State {
        switch octets[octets.count - 1] {
        case .carriageReturn:
            return .carriageReturn
        case .lineFeed:
            let follows = octets.count > 1 ? octets[octets.count - 2] == .carriageReturn : before == .carriageReturn
            return follows ? .lineStart : .insideLine
        default:
            return .insideLine
        }
    }
}

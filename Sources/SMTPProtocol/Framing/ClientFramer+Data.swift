import NIOCore

/// Where the framer stands in the content of a message (RFC 5321 section 4.5.2).
struct DataState: Sendable {
    /// What came before the next octet.
    enum Position {
        /// The beginning, or CRLF.
        case lineStart
        /// `.` at the start of a line: stuffed, or the end. It is held back.
        case dot
        /// `.` CR at the start of a line; both are held back.
        case dotCarriageReturn
        /// CR, which has been given.
        case carriageReturn
        case insideLine
    }

    var position = Position.lineStart
    var measuresLongestLine = false
    /// Octets given of a line whose CRLF has not come, CR included.
    var lineOctets = 0
}

extension ClientFramer {
    /// A run of content this short is copied together with those behind it, if dots are why it is short: many small
    /// slices cost more than a copy.
    private static let shortRun = 2048

    mutating func nextContent() -> Frame? {
        while let octet = firstOctet {
            switch data.position {
            case .lineStart where octet == .dot:
                drop(1)
                data.position = .dot
            case .dot where octet == .carriageReturn:
                drop(1)
                data.position = .dotCarriageReturn
            case .dotCarriageReturn where octet == .lineFeed:
                drop(1)
                data.position = .lineStart
                return .endOfData
            case .dotCarriageReturn:
                // The dot was stuffed after all, and the CR behind it is content.
                return .content(heldCarriageReturn())
            case .lineStart, .dot, .carriageReturn, .insideLine:
                return .content(takeRun())
            }
        }
        return nil
    }

    private var firstOctet: UInt8? {
        buffer.flatMap { $0.getInteger(at: $0.readerIndex) }
    }

    private mutating func heldCarriageReturn() -> ByteBuffer {
        let held = ByteBuffer(bytes: [UInt8.carriageReturn])
        _ = held.withUnsafeReadableBytes { scan($0) }
        contentMayHoldDots = false
        return held
    }

    /// Takes content up to a stuffed dot, a possible end or the end of the buffer. There is at least one octet of it.
    private mutating func takeRun() -> ByteBuffer {
        guard let bytes = buffer else { return ByteBuffer() }
        let length = bytes.withUnsafeReadableBytes { scan($0) }
        contentMayHoldDots = length < bytes.readableBytes && length < Self.shortRun
        return contentMayHoldDots ? takeUnstuffed(firstRun: length) : consume(length)
    }

    /// Copies runs of content together, leaving out the stuffed dot before each, until a long one ends the need for it.
    private mutating func takeUnstuffed(firstRun: Int) -> ByteBuffer {
        guard let bytes = buffer else { return ByteBuffer() }
        var unstuffed = ByteBufferAllocator().buffer(capacity: bytes.readableBytes)
        let taken = bytes.withUnsafeReadableBytes { octets in
            var run = 0..<firstRun
            while true {
                unstuffed.writeBytes(UnsafeRawBufferPointer(rebasing: octets[run]))
                // At a dot that begins a line. What it is shows the octet behind it.
                let behind = run.upperBound + 1
                guard run.count < Self.shortRun, behind < octets.count, octets[behind] != .carriageReturn else {
                    return run.upperBound
                }
                data.position = .dot
                run = behind..<(behind + scan(UnsafeRawBufferPointer(rebasing: octets[behind...])))
                guard run.upperBound < octets.count else {
                    unstuffed.writeBytes(UnsafeRawBufferPointer(rebasing: octets[run]))
                    return octets.count
                }
            }
        }
        drop(taken)
        return unstuffed
    }

    /// Counts content from the position up to a dot that begins a line, or to the end; answers its length.
    private mutating func scan(_ octets: UnsafeRawBufferPointer) -> Int {
        let wasCarriageReturn = data.position == .carriageReturn
        let length = ContentScan.run(of: octets, afterCarriageReturn: wasCarriageReturn, into: &content)
        content.octets &+= length
        if data.measuresLongestLine {
            measureLines(UnsafeRawBufferPointer(rebasing: octets[..<length]), wasCarriageReturn)
        }
        data.position = Self.position(after: octets, length, wasCarriageReturn)
        return length
    }

    private static func position(
        after octets: UnsafeRawBufferPointer, _ length: Int, _ wasCarriageReturn: Bool
    ) -> DataState.Position {
        switch octets[length - 1] {
        case .carriageReturn:
            .carriageReturn
        case .lineFeed:
            (length > 1 ? octets[length - 2] == .carriageReturn : wasCarriageReturn) ? .lineStart : .insideLine
        default:
            .insideLine
        }
    }

    private mutating func measureLines(_ octets: UnsafeRawBufferPointer, _ wasCarriageReturn: Bool) {
        var start = 0
        var from = 0
        while let found = OctetSearch.lineFeed(in: octets, from: from) {
            from = found + 1
            guard found > 0 ? octets[found - 1] == .carriageReturn : wasCarriageReturn else { continue }
            content.longestLine = max(content.longestLine, data.lineOctets &+ (found - start - 1))
            data.lineOctets = 0
            start = from
        }
        data.lineOctets &+= octets.count - start
    }
}

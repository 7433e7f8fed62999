import NIOCore

/// Collects a message's content until its header section is complete.
///
/// The section ends at the first empty line, which is CRLF CRLF, or CRLF as the very first octets; a bare CR or LF
/// makes no line. The first piece of content is kept as it came, and when it holds the whole section nothing is
/// copied. However the content is split, the outcome is the same, and each octet is looked at once.
public struct HeaderSectionFramer: Sendable {
    public enum Progress: Hashable, Sendable {
        /// The empty line has not come.
        case incomplete
        /// More octets than the limit came without it. What was collected is gone, and what comes is dropped.
        case tooLarge
        /// `take()` gives the section.
        case complete
    }

    private let limit: Int
    private var buffer = ByteBuffer()
    private var searched = 0
    private var sectionEnd: Int?
    private var isTooLarge = false

    /// - Parameter limit: the most octets that a section may have, the empty line not counted.
    public init(limit: Int) {
        self.limit = min(max(limit, 0), Int(UInt32.max) / 2)
    }

    public mutating func receive(_ content: ByteBuffer) -> Progress {
        guard !isTooLarge else { return .tooLarge }
        if buffer.readableBytes == 0 {
            buffer = content.slice()
        } else {
            buffer.writeImmutableBuffer(content)
        }
        guard sectionEnd == nil else { return .complete }
        sectionEnd = findEmptyLine()
        if sectionEnd != nil { return .complete }
        // The empty line of a section that keeps the limit would have ended by now.
        return buffer.readableBytes >= limit + 2 ? overflow() : .incomplete
    }

    /// The message ended: all of it is header section when there was no empty line.
    public mutating func endOfContent() -> Progress {
        guard !isTooLarge else { return .tooLarge }
        guard sectionEnd == nil else { return .complete }
        guard buffer.readableBytes <= limit else { return overflow() }
        sectionEnd = buffer.readableBytes
        return .complete
    }

    /// The section, and the octets that came behind it, which start with the empty line if there was one. Leaves
    /// the framer as new.
    public mutating func take() -> (section: HeaderSection, rest: ByteBuffer) {
        var rest = buffer
        let section = rest.readSlice(length: sectionEnd ?? 0) ?? ByteBuffer()
        self = HeaderSectionFramer(limit: limit)
        return (HeaderSection(parsing: section), rest)
    }

    private mutating func overflow() -> Progress {
        buffer = ByteBuffer()
        isTooLarge = true
        return .tooLarge
    }

    /// The place of the empty line, sought in what was not yet searched and at most in what the limit allows.
    private mutating func findEmptyLine() -> Int? {
        let bound = min(buffer.readableBytes, limit + 2)
        let start = searched
        searched = bound
        return buffer.withUnsafeReadableBytes { octets in
            let octets = UnsafeRawBufferPointer(rebasing: octets[..<bound])
            var search = start
            while let lineFeed = octets.firstIndex(of: Octet.lineFeed, from: search) {
                if octets.endsEmptyLine(at: lineFeed) { return lineFeed - 1 }
                search = lineFeed + 1
            }
            return nil
        }
    }
}

extension UnsafeRawBufferPointer {
    /// Whether this LF is that of a CRLF that stands at the very start or behind another one.
    @inline(__always)
    fileprivate func endsEmptyLine(at lineFeed: Int) -> Bool {
        guard lineFeed >= 1, self[lineFeed - 1] == Octet.carriageReturn else { return false }
        if lineFeed == 1 { return true }
        return lineFeed >= 3 && self[lineFeed - 2] == Octet.lineFeed && self[lineFeed - 3] == Octet.carriageReturn
    }
}

import NIOCore

/// Makes a CRLF of each CR and each LF that stands alone in content, for clients that are known to write such lines.
///
/// It comes behind the framing: where the content ends is settled, by CRLF.CRLF alone, and what looks like an end behind
/// a bare line end is a line like any other, whose dot is stuffed again on the way on. A client that ends lines with LF
/// stuffs the dots of those lines too, which the framer has not undone: of two dots that begin such a line one goes.
///
/// The same content gives the same lines however it is split. A slice in which nothing is to be changed is given back as
/// it came.
public struct LineEndNormaliser: Sendable {
    private enum State {
        case insideLine
        /// CR at the end of a slice: its CRLF has been given, and the LF that may follow is part of it.
        case lineEndGiven
        /// A bare line end.
        case lineStart
        /// A dot behind a bare line end.
        case dot
    }

    private var state = State.insideLine
    private var lineOctets = 0
    /// Octets that are there more than came.
    public private(set) var addedOctets = 0
    /// Octets of the longest line without its CRLF.
    public private(set) var longestLine = 0

    public init() {}

    public mutating func normalise(_ content: ByteBuffer) -> ByteBuffer {
        guard content.readableBytes > 0 else { return content }
        return content.withUnsafeReadableBytes { octets in
            var pass = Pass(octets: octets)
            while pass.place < octets.count { step(&pass) }
            lineOctets += octets.count - pass.lineStart
            guard var normalised = pass.normalised else { return content }
            normalised.writeBytes(octets[pass.kept...])
            addedOctets += normalised.readableBytes - octets.count
            return normalised
        }
    }

    /// One slice on its way.
    private struct Pass {
        let octets: UnsafeRawBufferPointer
        var place = 0
        /// Everything before it is in `normalised`.
        var kept = 0
        var lineStart = 0
        /// Nil as long as nothing was to be changed.
        var normalised: ByteBuffer?

        /// Gives what came before `end`, and a line end in the place of what stands up to `next`.
        mutating func replace(from end: Int, to next: Int, with text: StaticString) {
            var written = normalised ?? ByteBufferAllocator().buffer(capacity: octets.count + octets.count / 16 + 16)
            written.writeBytes(octets[kept..<end])
            written.writeStaticString(text)
            normalised = written
            kept = next
            place = next
        }
    }

    private mutating func step(_ pass: inout Pass) {
        let place = pass.place
        switch (state, pass.octets[place]) {
        case (.lineEndGiven, .lineFeed):
            pass.replace(from: place, to: place + 1, with: "")
            pass.lineStart = place + 1
            state = .insideLine
        case (.dot, .dot):
            pass.replace(from: place, to: place + 1, with: "")
            state = .insideLine
        case (.lineEndGiven, .dot), (.lineStart, .dot):
            state = .dot
            pass.place += 1
        case (_, .carriageReturn):
            takeCarriageReturn(&pass)
        case (_, .lineFeed):
            endLine(at: place, &pass)
            pass.replace(from: place, to: place + 1, with: "\r\n")
            pass.lineStart = place + 1
            state = .lineStart
        case (_, _):
            state = .insideLine
            pass.place += 1
            while pass.place < pass.octets.count, !pass.octets[pass.place].isLineEnd { pass.place += 1 }
        }
    }

    private mutating func takeCarriageReturn(_ pass: inout Pass) {
        let place = pass.place
        endLine(at: place, &pass)
        guard place + 1 < pass.octets.count else {
            pass.replace(from: place, to: place + 1, with: "\r\n")
            pass.lineStart = place + 1
            state = .lineEndGiven
            return
        }
        if pass.octets[place + 1] == .lineFeed {
            pass.place += 2
            pass.lineStart = place + 2
            state = .insideLine
        } else {
            pass.replace(from: place, to: place + 1, with: "\r\n")
            pass.lineStart = place + 1
            state = .lineStart
        }
    }

    private mutating func endLine(at place: Int, _ pass: inout Pass) {
        longestLine = max(longestLine, lineOctets + (place - pass.lineStart))
        lineOctets = 0
    }
}

extension UInt8 {
    fileprivate var isLineEnd: Bool { self == .carriageReturn || self == .lineFeed }
}

import NIOCore

/// Sees the parts of a message while it passes, in constant memory.
///
/// It is given the root's header section, then the content behind that, which begins with the empty line, in slices of
/// any length; the outcome does not depend on how it was cut. No octet is kept beyond a line that may be a delimiter,
/// the header section of one part, and what of the text was asked for.
///
/// ```abnf
/// multipart-body  = [preamble CRLF] dash-boundary transport-padding CRLF body-part *encapsulation
///                   close-delimiter transport-padding [CRLF epilogue]      ; 2046 5.1.1
/// encapsulation   = delimiter transport-padding CRLF body-part
/// delimiter       = CRLF "--" boundary
/// close-delimiter = delimiter "--"
/// ```
/// A delimiter is a whole line; a line that only begins like one is text, and makes the message malformed, for
/// [2046 5.1.1] lets readers take it for a delimiter. Lines end with LF, a CR before it or not. Of two multiparts with
/// the same boundary the outer one has it.
///
/// Only lines that begin with `-` are looked at one by one: what lies between is searched by words.
public struct MIMEScanner: Sendable {
    /// What to find out beside the parts and their names.
    public struct Interests: OptionSet, Hashable, Sendable {
        public let rawValue: UInt8

        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// The sizes of decoded bodies.
        public static let sizes = Interests(rawValue: 1)
        /// The text of text parts.
        public static let text = Interests(rawValue: 2)
        /// Which parts have octets beyond ASCII, and how they are best encoded.
        public static let encodings = Interests(rawValue: 4)
    }

    enum Mode {
        /// Before the empty line behind the root's header section.
        case emptyLine
        /// In the header section of a part.
        case header
        /// In the body of a leaf.
        case leaf
        /// In the preamble or epilogue of a multipart.
        case gap
    }

    /// A multipart or message that has not ended.
    struct Container {
        let part: Int
        /// Empty for a message.
        let boundary: [UInt8]
        /// The close-delimiter has come.
        var isClosed = false
        var hasParts = false
    }

    let interests: Interests
    let bounds: MIMEBounds
    let rootSection: HeaderSection
    var structure = MIMEStructure()
    var mode = Mode.emptyLine
    var containers: [Container] = []
    /// The octets received before the slice in hand.
    var offset = 0

    /// The leaf whose body this is; nil for one beyond the bound.
    var leaf: Int?
    var meter: LeafMeter?
    /// Where the body of the leaf, or the gap, begins.
    var bodyStart = 0
    var gapHasEightBit = false
    /// The last line end of the body, which is the delimiter's if one follows.
    var withheld = LineEnd.none

    /// The next octet begins a line.
    var isLineStart = true
    /// The beginning of a line that may be a delimiter, or a line of a header section.
    var line: [UInt8] = []
    var isCollecting = false
    var lineOffset = 0
    /// The line has octets beyond the bound, which were dropped.
    var isLineCut = false

    /// The lines of the header section so far.
    var header: [UInt8] = []
    var headerStart = 0
    var isHeaderCut = false

    /// Longest line that can be a delimiter, its padding included.
    static let longestDelimiter = 2 + ContentFields.longestBoundary + 2 + 256

    /// - Parameter header: the header section of the message, as it is or as it has been edited.
    public init(header: HeaderSection, interests: Interests = [], bounds: MIMEBounds = MIMEBounds()) {
        rootSection = header
        self.interests = interests
        self.bounds = bounds
        structure.isDomainSigned = header.count(of: "DKIM-Signature") > 0
    }

    /// Takes the next slice of the content behind the root's header section.
    public mutating func receive(_ content: ByteBuffer) {
        content.withUnsafeReadableBytes { octets in
            var place = 0
            while place < octets.count {
                switch mode {
                case .emptyLine: place = takeEmptyLine(octets, place)
                case .header: place = takeHeader(octets, place)
                case .leaf, .gap: place = takeBody(octets, place)
                }
            }
            offset += octets.count
        }
    }

    /// The content is complete: what was seen of it.
    public mutating func end() -> MIMEStructure {
        switch mode {
        case .emptyLine: openRoot(bodyStart: min(offset, line.count))
        case .header: finishHeaderLine(endingAt: offset, isLast: true)
        case .leaf, .gap: break
        }
        if mode == .header {
            endHeader(headerEnd: offset, bodyStart: offset)
            // A message within begins with a header section of its own, which has no octets either.
            while mode == .header { endHeader(headerEnd: offset, bodyStart: offset) }
        }
        if isCollecting { finishCandidate(endsLine: true, lineEnd: offset) }
        flushWithheld()
        finishBody(at: offset)
        closeContainers(downTo: 0, at: offset)
        structure.octets = offset
        return structure
    }

    private mutating func takeEmptyLine(_ octets: UnsafeRawBufferPointer, _ place: Int) -> Int {
        let octet = octets[place]
        if line.isEmpty, octet == Octet.carriageReturn {
            line.append(octet)
            return place + 1
        }
        let endsLine = octet == Octet.lineFeed
        openRoot(bodyStart: endsLine ? offset + place + 1 : offset + place)
        return endsLine ? place + 1 : place
    }

    private mutating func openRoot(bodyStart: Int) {
        line.removeAll()
        isLineStart = true
        open(rootSection, header: 0..<0, bodyStart: bodyStart)
    }
}

import NIOCore

/// Makes replies of the octets that a server sends.
///
/// It is strict: lines end in CRLF, each begins with the same code, `-` behind the code promises a further line. Anything
/// else is an error, after which the framer answers with the same error for ever: whoever misreads one reply would take
/// each following one for the answer to another command. Both bounds hold for one reply, the incomplete line included.
public struct ReplyFramer: Sendable {
    private let maximumLines: Int
    private let maximumOctets: Int
    private var buffer = ByteBuffer()
    /// Octets at the start of the buffer that are known to hold no LF.
    private var scanned = 0
    private var code: ReplyCode?
    private var lines: [String] = []
    /// The lines taken are known to hold no control characters.
    private var areClean = true
    /// Octets of the lines taken.
    private var octets = 0
    private var failure: ReplySyntaxError?

    public init(maximumLines: Int = 100, maximumOctets: Int = 65536) {
        self.maximumLines = maximumLines
        self.maximumOctets = maximumOctets
    }

    public mutating func receive(_ bytes: ByteBuffer) {
        guard failure == nil, bytes.readableBytes > 0 else { return }
        buffer.append(received: bytes)
    }

    /// The next complete reply, nil when more octets are needed.
    public mutating func next() throws(ReplySyntaxError) -> Reply? {
        if let failure { throw failure }
        do {
            return try takeReply()
        } catch {
            failure = error
            buffer = ByteBuffer()
            code = nil
            lines = []
            throw error
        }
    }

    /// Whether anything is here behind the last reply that was returned.
    public var hasBufferedBytes: Bool { buffer.readableBytes > 0 || code != nil }

    private mutating func takeReply() throws(ReplySyntaxError) -> Reply? {
        while let line = try takeLine() {
            if let code, code != line.code { throw .inconsistentCodes }
            areClean = areClean && line.isClean
            if line.isLast { return completed(by: line) }
            if lines.isEmpty { lines.reserveCapacity(Self.usualLines) }
            lines.append(line.text)
            code = line.code
            guard lines.count < maximumLines else { throw .tooManyLines }
        }
        return nil
    }

    /// Lines of most replies that have more than one, which answer EHLO.
    private static let usualLines = 12

    private mutating func completed(by last: Line) -> Reply {
        // Most have one line.
        if lines.isEmpty { lines = [last.text] } else { lines.append(last.text) }
        let reply = areClean ? Reply(last.code, clean: lines) : Reply(last.code, lines: lines)
        code = nil
        lines = []
        areClean = true
        octets = 0
        return reply
    }

    private struct Line {
        var code: ReplyCode
        var isLast: Bool
        var text: String
        /// The text is known to hold no control characters.
        var isClean: Bool
    }

    private mutating func takeLine() throws(ReplySyntaxError) -> Line? {
        guard buffer.readableBytes > 0 else { return nil }
        let room = maximumOctets - octets
        let start = scanned
        let (length, line) = try buffer.withUnsafeReadableBytes { bytes throws(ReplySyntaxError) -> (Int?, Line?) in
            guard let end = OctetSearch.lineFeed(in: bytes, from: start) else {
                guard bytes.count < room else { throw .tooLong }
                return (nil, nil)
            }
            guard end < room else { throw .tooLong }
            return (end + 1, try Self.parse(UnsafeRawBufferPointer(rebasing: bytes[..<end])))
        }
        guard let length, let line else {
            scanned = buffer.readableBytes
            buffer.releaseLargeStorage()
            return nil
        }
        scanned = 0
        octets += length
        if length == buffer.readableBytes {
            // Nothing is left: the storage goes back to whoever lent it.
            buffer = ByteBuffer()
        } else {
            buffer.moveReaderIndex(forwardBy: length)
        }
        return line
    }

    /// `Reply-line = Reply-code [ SP / "-" ] [ textstring ]`; the octets end before LF.
    private static func parse(_ octets: UnsafeRawBufferPointer) throws(ReplySyntaxError) -> Line {
        guard octets.last == .carriageReturn else { throw .bareLineEnd }
        let line = UnsafeRawBufferPointer(rebasing: octets.dropLast())
        let survey = ControlCharacters.survey(line)
        if survey.hasControl {
            for octet in line {
                if octet == .nul { throw .nul }
                if octet == .carriageReturn { throw .bareLineEnd }
            }
        }
        let isClean = !survey.hasControl && !survey.hasEightBit
        var reader = OctetReader(line)
        guard let code = reader.takeReplyCode() else { throw .invalidCode }
        if reader.isAtEnd { return Line(code: code, isLast: true, text: "", isClean: true) }
        guard let separator = reader.takeAny(), separator == .space || separator == .hyphen else { throw .invalidCode }
        let text = reader.text(reader.takeRest())
        return Line(code: code, isLast: separator == .space, text: text, isClean: isClean)
    }
}

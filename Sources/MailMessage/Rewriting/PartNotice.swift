import NIOCore

/// A short text that stands where a part was.
struct PartNotice: Sendable {
    private let text: [UInt8]
    private var isASCII: Bool { text.allSatisfy { $0 < 0x80 } }

    /// Lines end with CRLF, and controls become spaces.
    init(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let cleaned = lines.map { line in line.utf8.filter { $0 != 0x0D }.map { Octet.isControl($0) ? Octet.space : $0 }
        }
        self.text = Array(cleaned.joined(separator: [Octet.carriageReturn, Octet.lineFeed]))
    }

    /// The fields that say what the body is.
    var fields: [(name: String, value: String)] {
        [
            ("Content-Type", "text/plain; charset=\(isASCII ? "us-ascii" : "utf-8")"),
            ("Content-Transfer-Encoding", TransferEncoding.quotedPrintable.rawValue),
            ("Content-Disposition", "inline"),
        ]
    }

    /// - Parameters:
    ///   - behindEmptyLine: An empty line stands before the body; else the notice brings one, and the line end before
    ///     the delimiter.
    ///   - isLast: No delimiter follows, whose line end would end the last line.
    func body(behindEmptyLine: Bool, isLast: Bool) -> ByteBuffer {
        var body = ByteBuffer()
        if !behindEmptyLine { body.writeStaticString("\r\n") }
        var encoder = QuotedPrintableEncoder()
        text.withUnsafeBytes { encoder.encode($0, into: &body) }
        encoder.finish(into: &body)
        if isLast || !behindEmptyLine { body.writeStaticString("\r\n") }
        return body
    }
}

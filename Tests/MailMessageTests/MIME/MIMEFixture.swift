import NIOCore

@testable import MailMessage

/// A message written with LF, cut into its header section and what is behind it.
struct MIMEFixture {
    let header: HeaderSection
    let content: [UInt8]

    init(_ text: String) {
        self.init(octets: Array(text.replacing("\n", with: "\r\n").utf8))
    }

    init(octets: [UInt8]) {
        var framer = HeaderSectionFramer(limit: .max)
        _ = framer.receive(ByteBuffer(bytes: octets))
        _ = framer.endOfContent()
        let (section, rest) = framer.take()
        header = section
        content = Array(rest.readableBytesView)
    }

    /// What the scanner sees when the content comes in slices that end at these places.
    func scan(
        _ interests: MIMEScanner.Interests = [.sizes, .text, .encodings],
        bounds: MIMEBounds = MIMEBounds(),
        cutAt cuts: [Int] = []
    ) -> MIMEStructure {
        var scanner = MIMEScanner(header: header, interests: interests, bounds: bounds)
        for slice in slices(cuts) { scanner.receive(slice) }
        return scanner.end()
    }

    func slices(_ cuts: [Int]) -> [ByteBuffer] {
        var slices: [ByteBuffer] = []
        var start = 0
        for cut in cuts.sorted() + [content.count] where cut > start {
            slices.append(ByteBuffer(bytes: content[start..<cut]))
            start = cut
        }
        return slices
    }

    /// The message as a plan makes it.
    func rewritten(_ plan: ContentPlan, cutAt cuts: [Int] = []) -> [UInt8] {
        var section = header
        plan.edit(&section)
        var written = ByteBuffer()
        section.write(into: &written)
        var rewriter = ContentRewriter(plan)
        var output: [ByteBuffer] = []
        for slice in slices(cuts) { rewriter.receive(slice, into: &output) }
        rewriter.end(into: &output)
        return Array(written.readableBytesView) + output.flatMap { Array($0.readableBytesView) }
    }

    var octets: [UInt8] {
        var written = ByteBuffer()
        header.write(into: &written)
        return Array(written.readableBytesView) + content
    }

    /// The body of a part as it stands.
    func body(of part: MIMEPart) -> String { String(decoding: content[part.body], as: UTF8.self) }

    /// The decoded body of a part.
    func decoded(_ part: MIMEPart) -> [UInt8] {
        var decoder = TransferDecoder(part.encoding)
        var output = ByteBuffer()
        Array(content[part.body]).withUnsafeBytes { decoder.decode($0, into: &output) }
        decoder.finish(into: &output)
        return Array(output.readableBytesView)
    }
}

extension MIMEStructure {
    /// The parts as an outline: `0 multipart/mixed, 1 text/plain "body"`.
    var outline: String {
        parts.map { part in "\(part.depth) \(part.type)" }.joined(separator: ", ")
    }
}

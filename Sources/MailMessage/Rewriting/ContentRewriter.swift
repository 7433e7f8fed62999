import NIOCore

/// Carries a plan out on the content that it was made from, as that passes again in slices of any length.
///
/// What does not change is given on as slices of what came. Memory: the header section of one part, and a line or two
/// of a body.
public struct ContentRewriter: Sendable {
    private var splices: ArraySlice<ContentSplice>
    /// The octets that have come.
    private var place = 0
    /// The change that is under way.
    private var header = ByteBuffer()
    private var transcoder: BodyTranscoder?
    private var isWithin = false

    public init(_ plan: ContentPlan) {
        splices = plan.splices()[...]
    }

    /// Takes the next slice, and appends what goes on.
    public mutating func receive(_ content: ByteBuffer, into output: inout [ByteBuffer]) {
        var content = content
        while content.readableBytes > 0 {
            guard let splice = splices.first else {
                place += content.readableBytes
                output.append(content)
                return
            }
            if place < splice.range.lowerBound {
                output.append(take(upTo: splice.range.lowerBound, of: &content))
                continue
            }
            begin(splice)
            if place < splice.range.upperBound {
                change(take(upTo: splice.range.upperBound, of: &content), splice, &output)
            }
            if place >= splice.range.upperBound { end(splice, &output) }
        }
    }

    /// The content is complete: appends what is left to go on.
    public mutating func end(into output: inout [ByteBuffer]) {
        while let splice = splices.first {
            begin(splice)
            end(splice, &output)
        }
    }

    private mutating func take(upTo end: Int, of content: inout ByteBuffer) -> ByteBuffer {
        let slice = content.readSlice(length: min(content.readableBytes, end - place)) ?? ByteBuffer()
        place += slice.readableBytes
        return slice
    }

    private mutating func begin(_ splice: ContentSplice) {
        guard !isWithin else { return }
        isWithin = true
        header = ByteBuffer()
        if case .body(let transcoder) = splice.change { self.transcoder = transcoder }
    }

    private mutating func change(_ slice: ByteBuffer, _ splice: ContentSplice, _ output: inout [ByteBuffer]) {
        switch splice.change {
        case .header:
            header.writeImmutableBuffer(slice)
        case .body:
            if let changed = transcoder?.receive(slice), changed.readableBytes > 0 { output.append(changed) }
        case .replace:
            break
        case .mask:
            output.append(ByteBuffer(bytes: slice.readableBytesView.map { $0 < 0x80 ? $0 : UInt8(ascii: "?") }))
        }
    }

    private mutating func end(_ splice: ContentSplice, _ output: inout [ByteBuffer]) {
        isWithin = false
        splices.removeFirst()
        switch splice.change {
        case .header(let change):
            var section = HeaderSection(parsing: header)
            change.edit(&section)
            var written = ByteBuffer()
            section.write(into: &written)
            output.append(written)
        case .body:
            if let rest = transcoder?.end(), rest.readableBytes > 0 { output.append(rest) }
            transcoder = nil
        case .replace(let text):
            output.append(text)
        case .mask:
            break
        }
    }
}

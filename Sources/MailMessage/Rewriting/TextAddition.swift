import NIOCore

/// Adds a text to the decoded body of a part, as a stream, unless the body has it already: at its end, or in HTML
/// before `</body>`.
struct TextAddition: Sendable {
    /// In the part's charset, lines ended by CRLF, without one at the end.
    private let text: [UInt8]
    private let isHTML: Bool
    private let isLast: Bool
    /// The end of what came, in which the text may have begun.
    private var tail = ByteBuffer()
    /// What of HTML may be the beginning of `</body`.
    private var held = ByteBuffer()
    private var isPresent = false
    private var lastOctet: UInt8?

    private static let bodyEnd: [UInt8] = Array("</body".utf8)

    /// - Parameter isLast: no delimiter follows, so that the body ends with a line end of its own.
    init(_ text: [UInt8], isHTML: Bool, isLast: Bool) {
        self.text = text
        self.isHTML = isHTML
        self.isLast = isLast
    }

    mutating func receive(_ body: ByteBuffer) -> ByteBuffer {
        guard body.readableBytes > 0 else { return body }
        lookForText(in: body)
        var body = body
        if held.readableBytes > 0 {
            held.writeImmutableBuffer(body)
            body = held
            held = ByteBuffer()
        }
        guard isHTML, !isPresent else { return passing(body) }
        if let place = body.firstPlace(of: Self.bodyEnd, caseless: true) {
            var output = body.readSlice(length: place) ?? ByteBuffer()
            if !isPresent { write(into: &output) }
            isPresent = true
            output.writeImmutableBuffer(body)
            return passing(output)
        }
        let kept = min(body.readableBytes, Self.bodyEnd.count - 1)
        let output = body.readSlice(length: body.readableBytes - kept) ?? ByteBuffer()
        held = ByteBuffer(bytes: body.readableBytesView)
        return passing(output)
    }

    mutating func end() -> ByteBuffer {
        var output = passing(held)
        held = ByteBuffer()
        guard !isPresent else { return output }
        isPresent = true
        if let lastOctet, lastOctet != Octet.lineFeed { output.writeStaticString("\r\n") }
        write(into: &output)
        return output
    }

    private func write(into output: inout ByteBuffer) {
        output.writeBytes(text)
        if isLast || isHTML { output.writeStaticString("\r\n") }
    }

    private mutating func passing(_ output: ByteBuffer) -> ByteBuffer {
        if let last = output.readableBytesView.last { lastOctet = last }
        return output
    }

    private mutating func lookForText(in body: ByteBuffer) {
        guard !isPresent, !text.isEmpty else { return }
        tail.writeImmutableBuffer(body)
        isPresent = tail.firstPlace(of: text, caseless: false) != nil
        let kept = min(tail.readableBytes, text.count - 1)
        tail = ByteBuffer(bytes: tail.readableBytesView.suffix(kept))
    }
}

extension ByteBuffer {
    /// The first place of octets in the readable ones.
    fileprivate func firstPlace(of wanted: [UInt8], caseless: Bool) -> Int? {
        guard let first = wanted.first else { return nil }
        return withUnsafeReadableBytes { octets in
            var search = 0
            while let place = octets.firstIndex(of: first, from: search) {
                guard place + wanted.count <= octets.count else { return nil }
                let found = octets[place..<(place + wanted.count)]
                let isEqual =
                    caseless
                    ? found.elementsEqual(wanted) { Octet.lowercased($0) == $1 } : found.elementsEqual(wanted)
                if isEqual { return place }
                search = place + 1
            }
            return nil
        }
    }
}

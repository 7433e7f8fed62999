import NIOCore

/// Writes a body in another transfer encoding, as a stream, and adds a text to it.
struct BodyTranscoder: Sendable {
    private var decoder: TransferDecoder
    private var encoder: TransferEncoder
    private var addition: TextAddition?
    /// No delimiter follows, whose line end would end the last line.
    private let isLast: Bool
    private let encoding: TransferEncoding

    init(from old: TransferEncoding, to new: TransferEncoding, adding addition: TextAddition?, isLast: Bool) {
        decoder = TransferDecoder(old)
        encoder = TransferEncoder(new)
        encoding = new
        self.addition = addition
        self.isLast = isLast
    }

    mutating func receive(_ body: ByteBuffer) -> ByteBuffer {
        var decoded = ByteBuffer()
        body.withUnsafeReadableBytes { decoder.decode($0, into: &decoded) }
        return encode(addition?.receive(decoded) ?? decoded)
    }

    mutating func end() -> ByteBuffer {
        var decoded = ByteBuffer()
        decoder.finish(into: &decoded)
        if addition != nil {
            decoded = addition?.receive(decoded) ?? decoded
            decoded.writeImmutableBuffer(addition?.end() ?? ByteBuffer())
        }
        var output = encode(decoded)
        encoder.finish(into: &output)
        if isLast, encoding == .base64 { output.writeStaticString("\r\n") }
        return output
    }

    private mutating func encode(_ decoded: ByteBuffer) -> ByteBuffer {
        if case .identity = encoder { return decoded }
        var output = ByteBuffer()
        decoded.withUnsafeReadableBytes { encoder.encode($0, into: &output) }
        return output
    }
}

import NIOCore

/// Measures the body of one part while it passes: what the scanner was asked for, and nothing else.
struct LeafMeter: Sendable {
    private let type: MediaType
    private let charset: String
    private let encoding: TransferEncoding
    private let measuresSize: Bool
    private let measuresEncodings: Bool
    /// How much of the decoded body is kept for its text.
    private let textRoom: Int

    private var octets = 0
    private var decodedOctets = 0
    private var hasEightBit = false
    private var base64 = Base64Counter()
    private var decoder: TransferDecoder
    private var encoder = QuotedPrintableEncoder()
    private var text = ByteBuffer()
    private var scratch = ByteBuffer()
    private var encoded = ByteBuffer()

    /// Of HTML more is looked at than its text can hold.
    private static let markupFactor = 3

    /// Nil when there is nothing to measure.
    init?(_ part: MIMEPart, _ interests: MIMEScanner.Interests, text room: Int) {
        type = part.type
        charset = part.charset
        encoding = part.encoding
        measuresSize = interests.contains(.sizes) && !part.encoding.isIdentity
        measuresEncodings = interests.contains(.encodings)
        let isWanted = interests.contains(.text) && part.type.isText && room > 0
        textRoom = isWanted ? room * (part.type.subtype == "html" ? Self.markupFactor : 1) : 0
        decoder = TransferDecoder(part.encoding)
        if !measuresSize, !measuresEncodings, textRoom == 0 { return nil }
    }

    mutating func receive(_ body: UnsafeRawBufferPointer) {
        octets += body.count
        if measuresEncodings {
            hasEightBit = hasEightBit || body.hasEightBit
        }
        if encoding == .base64 {
            if measuresSize || measuresEncodings { base64.receive(body) }
            guard keepsText else { return }
        }
        guard keepsText || measuresEncodings || measuresSize else { return }
        if encoding.isIdentity {
            takeDecoded(body)
        } else {
            scratch.clear()
            decoder.decode(body, into: &scratch)
            scratch.withUnsafeReadableBytes { takeDecoded($0) }
        }
    }

    private var keepsText: Bool { text.readableBytes < textRoom }

    private mutating func takeDecoded(_ decoded: UnsafeRawBufferPointer) {
        decodedOctets += decoded.count
        if keepsText {
            text.writeBytes(decoded.prefix(textRoom - text.readableBytes))
        }
        if measuresEncodings, encoding != .base64 {
            encoded.clear()
            encoder.encode(decoded, into: &encoded)
        }
    }

    /// The body has ended: notes what was measured.
    mutating func finish(_ part: inout MIMEPart) {
        scratch.clear()
        decoder.finish(into: &scratch)
        scratch.withUnsafeReadableBytes { takeDecoded($0) }
        scratch.clear()
        encoder.finish(into: &scratch)
        part.hasEightBit = hasEightBit
        part.decodedOctets =
            switch encoding {
            case .base64: base64.octets
            case .quotedPrintable: decodedOctets
            case .sevenBit, .eightBit, .binary, .unknown: octets
            }
        part.quotedPrintableOctets = encoding == .base64 ? Int.max : encoder.encodedOctets
    }

    /// The text of the part in UTF-8, when it was asked for.
    mutating func text(within room: Int) -> String {
        guard textRoom > 0, text.readableBytes > 0 else { return "" }
        return BodyText.text(of: text, charset: charset, isHTML: type.subtype == "html", atMost: room)
    }
}

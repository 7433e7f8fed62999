import NIOCore

/// Decodes a body in any transfer encoding, as a stream: the pieces may end anywhere.
public struct TransferDecoder: Sendable {
    private enum State {
        case identity
        case base64(Base64Decoder)
        case quotedPrintable(QuotedPrintableDecoder)
    }

    private var state: State

    public init(_ encoding: TransferEncoding) {
        state =
            switch encoding {
            case .base64: .base64(Base64Decoder())
            case .quotedPrintable: .quotedPrintable(QuotedPrintableDecoder())
            case .sevenBit, .eightBit, .binary, .unknown: .identity
            }
    }

    /// Appends what the octets stand for.
    public mutating func decode(_ input: UnsafeRawBufferPointer, into output: inout ByteBuffer) {
        switch state {
        case .identity:
            output.writeBytes(input)
        case .base64(var decoder):
            decoder.decode(input, into: &output)
            state = .base64(decoder)
        case .quotedPrintable(var decoder):
            state = .identity
            decoder.decode(input, into: &output)
            state = .quotedPrintable(decoder)
        }
    }

    /// The body has ended: appends what was kept back.
    public mutating func finish(into output: inout ByteBuffer) {
        guard case .quotedPrintable(var decoder) = state else { return }
        state = .identity
        decoder.finish(into: &output)
        state = .quotedPrintable(decoder)
    }
}

/// Encodes a body in any transfer encoding, as a stream.
enum TransferEncoder: Sendable {
    case identity
    case base64(Base64Encoder)
    case quotedPrintable(QuotedPrintableEncoder)

    init(_ encoding: TransferEncoding) {
        self =
            switch encoding {
            case .base64: .base64(Base64Encoder())
            case .quotedPrintable: .quotedPrintable(QuotedPrintableEncoder())
            case .sevenBit, .eightBit, .binary, .unknown: .identity
            }
    }

    mutating func encode(_ input: UnsafeRawBufferPointer, into output: inout ByteBuffer) {
        switch self {
        case .identity:
            output.writeBytes(input)
        case .base64(var encoder):
            self = .identity
            encoder.encode(input, into: &output)
            self = .base64(encoder)
        case .quotedPrintable(var encoder):
            encoder.encode(input, into: &output)
            self = .quotedPrintable(encoder)
        }
    }

    mutating func finish(into output: inout ByteBuffer) {
        switch self {
        case .identity:
            break
        case .base64(var encoder):
            encoder.finish(into: &output)
            self = .base64(encoder)
        case .quotedPrintable(var encoder):
            encoder.finish(into: &output)
            self = .quotedPrintable(encoder)
        }
    }
}

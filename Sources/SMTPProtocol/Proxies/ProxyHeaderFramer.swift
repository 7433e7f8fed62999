import NIOCore

/// Takes the header of the PROXY protocol, in either version, from the beginning of a connection.
///
/// The outcome is the same however the octets are split. No more is kept than a header may have, and what came in one
/// piece with its end.
public struct ProxyHeaderFramer: Sendable {
    public enum Outcome: Hashable, Sendable {
        case incomplete
        /// The header, and what came behind it.
        case header(ProxyHeader, rest: ByteBuffer)
        case malformed(ProxyHeaderFault)
    }

    private var buffer = ByteBuffer()

    public init() {}

    /// Whether nothing has come yet.
    public var isEmpty: Bool { buffer.readableBytes == 0 }

    public mutating func receive(_ bytes: ByteBuffer) -> Outcome {
        var bytes = bytes
        buffer.writeBuffer(&bytes)
        do throws(ProxyHeaderFault) {
            guard let length = try length() else { return .incomplete }
            guard var header = buffer.readSlice(length: length) else { return .incomplete }
            let parsed =
                header.getInteger(at: header.readerIndex, as: UInt8.self) == UInt8(ascii: "P")
                ? try ProxyHeader(line: header) : try ProxyHeader(binary: &header)
            return .header(parsed, rest: buffer.slice())
        } catch {
            return .malformed(error)
        }
    }

    /// Octets of the header; nil while too few have come to tell.
    private func length() throws(ProxyHeaderFault) -> Int? {
        let view = buffer.readableBytesView
        if view.starts(with: ProxyHeader.linePrefix.prefix(view.count)) {
            guard let end = view.prefix(ProxyHeader.longestLine).firstIndex(of: .lineFeed) else {
                guard view.count < ProxyHeader.longestLine else { throw .tooLong }
                return nil
            }
            return end - view.startIndex + 1
        }
        guard view.starts(with: ProxyHeader.signature.prefix(view.count)) else { throw .missing }
        guard let rest = buffer.getInteger(at: buffer.readerIndex + 14, as: UInt16.self) else { return nil }
        guard Int(rest) <= ProxyHeader.longestRest else { throw .tooLong }
        return ProxyHeader.fixedPart + Int(rest)
    }
}

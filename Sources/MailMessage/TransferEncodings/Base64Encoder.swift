import NIOCore

/// Encodes octets as base64 in lines of 76 [2045 6.8], as a stream. No line end stands behind the last line.
struct Base64Encoder: Sendable {
    private var pending: [UInt8] = []
    private var hasLine = false

    private static let octetsInLine = 57

    /// The octets of the encoding of a number of octets, its line ends included.
    static func encodedOctets(of count: Int) -> Int {
        let digits = (count + 2) / 3 * 4
        return digits == 0 ? 0 : digits + (digits - 1) / 76 * 2
    }

    mutating func encode(_ input: UnsafeRawBufferPointer, into output: inout ByteBuffer) {
        var place = 0
        while place < input.count {
            let end = min(input.count, place + Self.octetsInLine - pending.count)
            pending.append(contentsOf: input[place..<end])
            place = end
            if pending.count == Self.octetsInLine { writeLine(into: &output) }
        }
    }

    mutating func finish(into output: inout ByteBuffer) {
        if !pending.isEmpty { writeLine(into: &output) }
        hasLine = false
    }

    private mutating func writeLine(into output: inout ByteBuffer) {
        if hasLine { output.writeStaticString("\r\n") }
        output.writeBytes(Base64.encode(pending[...]))
        pending.removeAll(keepingCapacity: true)
        hasLine = true
    }
}

import NIOCore

/// Decodes base64 [2045 6.8] as a stream: the pieces may end anywhere.
///
/// Octets outside the alphabet are passed over. `=` ends the text where it completes a quantum; elsewhere it is passed
/// over too. Octets of a last quantum that is cut short are given as far as they are whole.
struct Base64Decoder: Sendable {
    /// Sextets that make no octet yet.
    private var bits: UInt32 = 0
    private var bitCount: UInt32 = 0
    private var padding = 0
    private(set) var isEnded = false

    private static let noSextet: UInt8 = 0xFF

    /// The value of each octet; of those outside the alphabet, `noSextet`.
    private static let sextets: [UInt8] = {
        var table = [UInt8](repeating: noSextet, count: 256)
        let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        alphabet.withUTF8Buffer { octets in
            for (value, octet) in octets.enumerated() { table[Int(octet)] = UInt8(value) }
        }
        return table
    }()

    /// Appends what the octets stand for.
    mutating func decode(_ input: UnsafeRawBufferPointer, into output: inout ByteBuffer) {
        guard !isEnded, !input.isEmpty else { return }
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: input.count / 4 * 3 + 4) { target in
            Self.sextets.withUnsafeBufferPointer { decode(input, with: $0, into: target) }
        }
    }

    /// Four octets of the alphabet at once where a quantum begins, else one; the octets that were written.
    private mutating func decode(
        _ input: UnsafeRawBufferPointer,
        with sextets: UnsafeBufferPointer<UInt8>,
        into output: UnsafeMutableRawBufferPointer
    ) -> Int {
        var source = 0
        var target = 0
        while source < input.count {
            if bitCount == 0, padding == 0 {
                while source &+ 4 <= input.count {
                    let first = sextets[Int(input[source])]
                    let second = sextets[Int(input[source &+ 1])]
                    let third = sextets[Int(input[source &+ 2])]
                    let fourth = sextets[Int(input[source &+ 3])]
                    guard first | second | third | fourth < 64 else { break }
                    let quantum =
                        UInt32(first) << 18 | UInt32(second) << 12 | UInt32(third) << 6 | UInt32(fourth)
                    output[target] = UInt8(truncatingIfNeeded: quantum >> 16)
                    output[target &+ 1] = UInt8(truncatingIfNeeded: quantum >> 8)
                    output[target &+ 2] = UInt8(truncatingIfNeeded: quantum)
                    source &+= 4
                    target &+= 3
                }
                guard source < input.count else { break }
            }
            if let octet = take(input[source], sextets) {
                output[target] = octet
                target &+= 1
            }
            source &+= 1
            if isEnded { break }
        }
        return target
    }

    private mutating func take(_ octet: UInt8, _ sextets: UnsafeBufferPointer<UInt8>) -> UInt8? {
        let sextet = sextets[Int(octet)]
        guard sextet != Self.noSextet else {
            if octet == UInt8(ascii: "=") { takePadding() }
            return nil
        }
        padding = 0
        bits = (bits << 6 | UInt32(sextet)) & 0xFFFF
        bitCount &+= 6
        guard bitCount >= 8 else { return nil }
        bitCount &-= 8
        return UInt8(truncatingIfNeeded: bits >> bitCount)
    }

    /// A quantum lacks one octet when two bits are left over, and two when it is four.
    private mutating func takePadding() {
        padding += 1
        isEnded = bitCount == 2 || (bitCount == 4 && padding == 2)
    }
}

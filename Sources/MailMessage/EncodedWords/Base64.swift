/// The base64 of [2045 6.8].
enum Base64 {
    private static let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    private static let padding = UInt8(ascii: "=")

    static func encode(_ octets: ArraySlice<UInt8>) -> [UInt8] {
        alphabet.withUTF8Buffer { alphabet in
            var encoded: [UInt8] = []
            encoded.reserveCapacity((octets.count + 2) / 3 * 4)
            var rest = octets
            while let first = rest.popFirst() {
                let second = rest.popFirst()
                let third = second == nil ? nil : rest.popFirst()
                let bits = Int(first) << 16 | Int(second ?? 0) << 8 | Int(third ?? 0)
                encoded.append(alphabet[bits >> 18])
                encoded.append(alphabet[bits >> 12 & 63])
                encoded.append(second == nil ? padding : alphabet[bits >> 6 & 63])
                encoded.append(third == nil ? padding : alphabet[bits & 63])
            }
            return encoded
        }
    }

    /// Decodes what is there: padding may be missing and ends the text, other octets are passed over [2045 6.8].
    static func decode(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var octets: [UInt8] = []
        octets.reserveCapacity(text.count / 4 * 3 + 3)
        var bits: UInt32 = 0
        var bitCount = 0
        for octet in text {
            if octet == padding { break }
            guard let value = value(of: octet) else { continue }
            bits = bits << 6 | UInt32(value)
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                octets.append(UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
            }
        }
        return octets
    }

    private static func value(of octet: UInt8) -> UInt8? {
        switch octet {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): octet - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): octet - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): octet - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}

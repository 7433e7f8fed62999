/// The encoding of parameter values in which `+` and two hexadecimal digits stand for an octet (RFC 3461 section 4).
///
/// ```abnf
/// xtext   = *( xchar / hexchar )
/// xchar   = %d33-42 / %d44-60 / %d62-126
/// hexchar = "+" 2(%x30-39 / %x41-46)
/// ```
public enum XText {
    public static func encode(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var encoded: [UInt8] = []
        for octet in text.utf8 {
            if (33...126).contains(octet), octet != UInt8(ascii: "+"), octet != .equals {
                encoded.append(octet)
            } else {
                encoded += [UInt8(ascii: "+"), digits[Int(octet >> 4)], digits[Int(octet & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// Nil when the text is not xtext, or what it encodes is not UTF-8. Digits may be of lower case, as some clients send.
    public static func decode(_ text: some StringProtocol) -> String? {
        var decoded: [UInt8] = []
        var octets = text.utf8.makeIterator()
        while let octet = octets.next() {
            if octet == UInt8(ascii: "+") {
                guard let high = octets.next()?.hexValue, let low = octets.next()?.hexValue else { return nil }
                decoded.append(high << 4 | low)
            } else {
                guard (33...126).contains(octet), octet != .equals else { return nil }
                decoded.append(octet)
            }
        }
        return String(validating: decoded, as: UTF8.self)
    }
}

/// How SMTP writes the challenges and responses of SASL (RFC 4954 section 4): in base64, and an initial response of no
/// octets as `=`.
///
/// ```abnf
/// base64          = base64-terminal / ( 1*(4base64-char) [base64-terminal] )
/// base64-terminal = (2base64-char "==") / (3base64-char "=")
/// ```
public enum SASLText {
    /// Octets of a line of an exchange, which commands alone keep within their own limit (RFC 4954 section 4).
    public static let longestLine = 12_288

    private static let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

    public static func encode(_ octets: [UInt8]) -> String {
        var encoded: [UInt8] = []
        encoded.reserveCapacity((octets.count + 2) / 3 * 4)
        alphabet.withUTF8Buffer { alphabet in
            var rest = octets[...]
            while let first = rest.popFirst() {
                let (second, third) = (rest.popFirst(), rest.popFirst())
                let bits = Int(first) << 16 | Int(second ?? 0) << 8 | Int(third ?? 0)
                encoded.append(alphabet[bits >> 18])
                encoded.append(alphabet[bits >> 12 & 63])
                encoded.append(second == nil ? .equals : alphabet[bits >> 6 & 63])
                encoded.append(third == nil ? .equals : alphabet[bits & 63])
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// Nil when the text is not whole base64: no octet beside the alphabet, no quantum cut short.
    public static func decode(_ text: String) -> [UInt8]? {
        var digits = Array(text.utf8)[...]
        guard digits.count % 4 == 0 else { return nil }
        let padding = digits.suffix(2).reversed().prefix { $0 == .equals }.count
        digits = digits.dropLast(padding)
        var octets: [UInt8] = []
        octets.reserveCapacity(digits.count / 4 * 3 + 3)
        var bits: UInt32 = 0
        var count: UInt32 = 0
        for digit in digits {
            guard let value = value(of: digit) else { return nil }
            bits = (bits << 6 | UInt32(value)) & 0xFFFF
            count &+= 6
            guard count >= 8 else { continue }
            count &-= 8
            octets.append(UInt8(truncatingIfNeeded: bits >> count))
        }
        return octets
    }

    private static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit &- UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): digit &- UInt8(ascii: "a") &+ 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit &- UInt8(ascii: "0") &+ 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}

extension Credential {
    /// What the line of a response stands for; nil when it is not base64.
    public var decoded: [UInt8]? { SASLText.decode(text) }

    /// What an initial response stands for: `=` is one of no octets.
    public var decodedInitially: [UInt8]? { text == "=" ? [] : isEmpty ? nil : decoded }

    /// The line of a response.
    public init(encoding octets: [UInt8]) {
        self.init(SASLText.encode(octets))
    }
}

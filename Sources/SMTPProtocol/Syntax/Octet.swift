/// The octet classes of RFC 5234 appendix B and RFC 5321 section 4.1.2.
extension UInt8 {
    static let nul: UInt8 = 0x00
    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let quote = UInt8(ascii: "\"")
    static let backslash = UInt8(ascii: "\\")
    static let dot = UInt8(ascii: ".")
    static let hyphen = UInt8(ascii: "-")
    static let colon = UInt8(ascii: ":")
    static let equals = UInt8(ascii: "=")
    static let at = UInt8(ascii: "@")
    static let lessThan = UInt8(ascii: "<")
    static let greaterThan = UInt8(ascii: ">")

    /// Octets that begin or continue an encoded UTF-8 character (UTF8-non-ascii, RFC 6531 section 3.3).
    var isEightBit: Bool { self >= 0x80 }

    /// Control characters of ASCII, DEL included.
    var isControl: Bool { self < 0x20 || self == 0x7F }

    var isDigit: Bool { self &- 0x30 < 10 }

    var isAlpha: Bool { (self | 0x20) &- 0x61 < 26 }

    /// Let-dig of RFC 5321.
    var isLetDig: Bool { isDigit || isAlpha }

    /// `atext` of RFC 5322 section 3.2.3, widened by RFC 6531 section 3.3.
    var isAtext: Bool {
        if isLetDig || isEightBit { return true }
        switch self {
        case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
            UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "/"),
            UInt8(ascii: "="), UInt8(ascii: "?"), UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"),
            UInt8(ascii: "{"), UInt8(ascii: "|"), UInt8(ascii: "}"), UInt8(ascii: "~"):
            return true
        default:
            return false
        }
    }

    /// The value of a hexadecimal digit of either case.
    var hexValue: UInt8? {
        if isDigit { return self &- 0x30 }
        let letter = (self | 0x20) &- 0x61
        return letter < 6 ? letter &+ 10 : nil
    }

    /// The octet with an ASCII letter in lower case, for comparisons without case.
    var lowercased: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }

    /// The octet with an ASCII letter in upper case.
    var uppercased: UInt8 { self &- 0x61 < 26 ? self & 0xDF : self }
}

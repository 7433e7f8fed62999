import SMTPProtocol

/// Octets that the syntax of messages is made of.
enum Octet {
    static let tab = UInt8(ascii: "\t")
    static let lineFeed = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")
    static let space = UInt8(ascii: " ")
    static let colon = UInt8(ascii: ":")
    static let delete: UInt8 = 0x7F

    /// `WSP = SP / HTAB` [5234 B.1]
    @inline(__always)
    static func isWhiteSpace(_ octet: UInt8) -> Bool { octet == space || octet == tab }

    /// C0 controls other than HTAB, and DEL: what may not stand in a header field.
    @inline(__always)
    static func isControl(_ octet: UInt8) -> Bool { (octet < space && octet != tab) || octet == delete }

    @inline(__always)
    static func lowercased(_ octet: UInt8) -> UInt8 {
        octet &- UInt8(ascii: "A") < 26 ? octet | 0x20 : octet
    }

    /// The value of a hexadecimal digit in either case; nil for another octet.
    @inline(__always)
    static func hexadecimal(_ octet: UInt8) -> UInt8? {
        switch octet {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): octet &- UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): octet &- UInt8(ascii: "A") &+ 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): octet &- UInt8(ascii: "a") &+ 10
        default: nil
        }
    }

    /// The two digits of an octet.
    @inline(__always)
    static func hexadecimalDigits(_ octet: UInt8) -> (UInt8, UInt8) {
        func digit(_ value: UInt8) -> UInt8 { value < 10 ? value &+ 0x30 : value &+ 0x37 }
        return (digit(octet >> 4), digit(octet & 15))
    }
}

extension UnsafeRawBufferPointer {
    private static let everyHighBit: UInt64 = 0x8080_8080_8080_8080

    /// The first place of an octet at or behind `start`, or nil.
    @inline(__always)
    func firstIndex(of octet: UInt8, from start: Int) -> Int? {
        OctetSearch.first(octet, in: self, from: start)
    }

    /// Whether any octet has its high bit set.
    var hasEightBit: Bool {
        var index = 0
        while index &+ 8 <= count {
            if loadUnaligned(fromByteOffset: index, as: UInt64.self) & Self.everyHighBit != 0 { return true }
            index &+= 8
        }
        while index < count {
            if self[index] >= 0x80 { return true }
            index &+= 1
        }
        return false
    }

    /// Whether the octets are those of `other`, ASCII letters compared without case.
    @inline(__always)
    func equalsIgnoringCase(_ other: UnsafeBufferPointer<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in 0..<count where Octet.lowercased(self[index]) != Octet.lowercased(other[index]) { return false }
        return true
    }
}

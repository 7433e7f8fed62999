/// An IPv4 or IPv6 address; an IPv4-mapped IPv6 address is the IPv4 address it stands for.
public struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// The upper 64 bits in IPv6's space, where IPv4 lives in `::ffff:0:0/96`.
    public let high: UInt64
    /// The lower 64 bits in IPv6's space.
    public let low: UInt64

    public init(v4 address: UInt32) {
        high = 0
        low = 0xFFFF_0000_0000 | UInt64(address)
    }

    public init(v6High high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Dotted decimal without leading zeros, or the text forms of RFC 4291 section 2.2; no zone, no brackets.
    public init?(_ text: some StringProtocol) {
        guard let address = text.parsed({ $0.takeIPv6() }) ?? text.parsed({ $0.takeIPv4() }) else { return nil }
        self = address
    }

    public var isIPv4: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// The address as IPv4's 32 bits.
    public var v4: UInt32? { isIPv4 ? UInt32(truncatingIfNeeded: low) : nil }

    /// 127.0.0.0/8 or ::1.
    public var isLoopback: Bool {
        isIPv4 ? UInt8(truncatingIfNeeded: low >> 24) == 127 : high == 0 && low == 1
    }

    /// The canonical text: dotted decimal, or RFC 5952.
    public var description: String {
        if let v4 { return Self.dottedDecimal(v4) }
        let zeros = longestRunOfZeros
        var text = ""
        var index = 0
        while index < 8 {
            if index == zeros.lowerBound, zeros.count > 1 {
                text += "::"
                index = zeros.upperBound
                continue
            }
            if !text.isEmpty, !text.hasSuffix(":") { text += ":" }
            text += String(group(index), radix: 16)
            index += 1
        }
        return text
    }

    private static func dottedDecimal(_ address: UInt32) -> String {
        String(unsafeUninitializedCapacity: 15) { text in
            var count = 0
            func append(_ octet: UInt8) {
                text[count] = octet
                count += 1
            }
            for place in 0..<4 {
                if place > 0 { append(.dot) }
                let number = UInt8(truncatingIfNeeded: address >> UInt32(24 - 8 * place))
                if number >= 100 { append(0x30 + number / 100) }
                if number >= 10 { append(0x30 + number / 10 % 10) }
                append(0x30 + number % 10)
            }
            return count
        }
    }

    private func group(_ index: Int) -> UInt16 {
        UInt16(truncatingIfNeeded: (index < 4 ? high : low) >> (48 - 16 * UInt64(index & 3)))
    }

    /// The first of the longest runs of zero groups, which RFC 5952 section 4.2 shortens to `::`.
    private var longestRunOfZeros: Range<Int> {
        var longest = 0..<0
        var start = 0
        for index in 0..<8 {
            if group(index) != 0 {
                start = index + 1
            } else if index + 1 - start > longest.count {
                longest = start..<(index + 1)
            }
        }
        return longest
    }
}

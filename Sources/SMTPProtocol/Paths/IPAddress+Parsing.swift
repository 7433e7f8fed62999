extension OctetReader {
    /// `IPv4-address-literal = Snum 3("." Snum)`, without leading zeros: some readers take these for octal.
    mutating func takeIPv4() -> IPAddress? {
        var address: UInt32 = 0
        for index in 0..<4 {
            if index > 0, !take(.dot) { return nil }
            let digits = takeRun(while: \.isDigit)
            guard (1...3).contains(digits.count), digits.count == 1 || self[digits.lowerBound] != UInt8(ascii: "0")
            else {
                return nil
            }
            let number = digits.reduce(0 as UInt32) { $0 * 10 + UInt32(self[$1] &- 0x30) }
            guard number <= 255 else { return nil }
            address = address << 8 | number
        }
        return IPAddress(v4: address)
    }

    /// The text forms of RFC 4291 section 2.2: eight groups, `::` for one or more groups of zeros, IPv4 at the end.
    mutating func takeIPv6() -> IPAddress? {
        var groups = SIMD8<UInt16>()
        var count = 0
        var gap: Int?
        if take(.colon) {
            guard take(.colon) else { return nil }
            gap = 0
        }
        while let octet = next, octet.hexValue != nil {
            let start = self
            let digits = takeRun { $0.hexValue != nil }
            if next == .dot {
                self = start
                guard count <= 6, let address = takeIPv4() else { return nil }
                groups[count] = UInt16(truncatingIfNeeded: address.low >> 16)
                groups[count + 1] = UInt16(truncatingIfNeeded: address.low)
                count += 2
                break
            }
            guard digits.count <= 4, count < 8 else { return nil }
            groups[count] = digits.reduce(0) { $0 << 4 | UInt16(self[$1].hexValue ?? 0) }
            count += 1
            guard take(.colon) else { break }
            if take(.colon) {
                guard gap == nil else { return nil }
                gap = count
            } else if next?.hexValue == nil {
                return nil
            }
        }
        if let gap {
            guard count < 8 else { return nil }
            let missing = 8 - count
            for index in stride(from: 7, through: gap + missing, by: -1) { groups[index] = groups[index - missing] }
            for index in gap..<(gap + missing) { groups[index] = 0 }
        } else if count != 8 {
            return nil
        }
        func half(_ indices: Range<Int>) -> UInt64 { indices.reduce(0) { $0 << 16 | UInt64(groups[$1]) } }
        return IPAddress(v6High: half(0..<4), low: half(4..<8))
    }
}

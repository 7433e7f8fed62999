/// Counts the octets that base64 stands for without decoding it: what `Base64Decoder` would give.
struct Base64Counter: Sendable {
    private var sextets = 0
    private var padding = 0
    private var isEnded = false

    /// Three octets for four sextets, and of what is left over as many as are whole.
    var octets: Int { sextets / 4 * 3 + max(0, sextets % 4 - 1) }

    mutating func receive(_ input: UnsafeRawBufferPointer) {
        guard !isEnded else { return }
        var place = 0
        while place < input.count {
            let equals = input.firstIndex(of: UInt8(ascii: "="), from: place) ?? input.count
            let found = Self.count(UnsafeRawBufferPointer(rebasing: input[place..<equals]))
            if found > 0 { padding = 0 }
            sextets &+= found
            guard equals < input.count else { return }
            padding += 1
            let leftOver = sextets % 4
            if leftOver == 3 || (leftOver == 2 && padding == 2) {
                isEnded = true
                return
            }
            place = equals + 1
        }
    }

    /// How many octets are of the alphabet; without a branch, so that many are looked at together.
    private static func count(_ octets: UnsafeRawBufferPointer) -> Int {
        var total = 0
        var start = 0
        while start < octets.count {
            let end = min(start &+ 128, octets.count)
            var count: UInt8 = 0
            for index in start..<end {
                let octet = octets[index]
                let isLetter: UInt8 = (octet | 0x20) &- UInt8(ascii: "a") < 26 ? 1 : 0
                // `/` and the digits lie side by side.
                let isDigitOrSlash: UInt8 = octet &- UInt8(ascii: "/") < 11 ? 1 : 0
                let isPlus: UInt8 = octet == UInt8(ascii: "+") ? 1 : 0
                count &+= isLetter | isDigitOrSlash | isPlus
            }
            total &+= Int(count)
            start = end
        }
        return total
    }
}

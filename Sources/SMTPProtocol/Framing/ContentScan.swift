/// The one pass over message content on its way through: everything that must be known of an octet is found here.
///
/// The clear version, one octet at a time, is in the tests and must find the same.
enum ContentScan {
    /// Looks at content up to a dot behind CRLF, or all of it, notes what it holds, and answers how many octets it is.
    ///
    /// There is at least one octet, and the first one is content whatever it is. `afterCarriageReturn` says whether CR
    /// came before it.
    static func run(
        of octets: UnsafeRawBufferPointer, afterCarriageReturn: Bool, into content: inout ContentStatistics
    ) -> Int {
        var index = 1
        var isBare = (octets[0] == .lineFeed) != afterCarriageReturn
        var combined = octets[0]
        var hasNUL = octets[0] == .nul

        let carriageReturn = Block(repeating: .carriageReturn)
        let lineFeed = Block(repeating: .lineFeed)
        let dot = Block(repeating: .dot)
        var bareLanes = Mask()
        var nulLanes = Mask()
        var combinedLanes = Block()

        scanning: while index < octets.count {
            blocks: while octets.count - index >= 64 {
                var dots = Mask()
                var bare = bareLanes
                var nul = nulLanes
                var all = combinedLanes
                for offset in stride(from: index, to: index + 64, by: 16) {
                    let block = octets.loadUnaligned(fromByteOffset: offset, as: Block.self)
                    let before = octets.loadUnaligned(fromByteOffset: offset - 1, as: Block.self)
                    bare .|= (before .== carriageReturn) .^ (block .== lineFeed)
                    dots .|= (before .== lineFeed) .& (block .== dot)
                    nul .|= block .== Block()
                    all |= block
                }
                if OctetSearch.isAnySet(dots) { break blocks }
                bareLanes = bare
                nulLanes = nul
                combinedLanes = all
                index += 64
            }
            // The last octets, or a block with a dot behind LF.
            let end = min(index + 64, octets.count)
            while index < end {
                let octet = octets[index]
                let before = octets[index - 1]
                if octet == .dot, before == .lineFeed,
                    index > 1 ? octets[index - 2] == .carriageReturn : afterCarriageReturn
                {
                    break scanning
                }
                isBare = isBare || (before == .carriageReturn) != (octet == .lineFeed)
                combined |= octet
                hasNUL = hasNUL || octet == .nul
                index += 1
            }
        }
        for lane in 0..<16 { combined |= combinedLanes[lane] }
        content.hasBareLineEnd = content.hasBareLineEnd || isBare || OctetSearch.isAnySet(bareLanes)
        content.hasNUL = content.hasNUL || hasNUL || OctetSearch.isAnySet(nulLanes)
        content.hasEightBit = content.hasEightBit || combined.isEightBit
        return index
    }

    private typealias Block = SIMD16<UInt8>
    private typealias Mask = SIMDMask<SIMD16<Int8>>
}

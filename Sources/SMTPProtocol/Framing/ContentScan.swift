#if arch(x86_64)
    import CContentScan
#endif

/// The one pass over message content on its way through: everything that must be known of an octet is found here.
///
/// Each octet is looked at together with the one before it: CR must come before LF and nothing else, LF before a dot may
/// be the end. Blocks without a dot behind LF are done with 64 octets at a time. The clear version, one octet at a time,
/// is in the tests and must find the same.
struct ContentScan {
    private typealias Block = OctetSearch.Block
    private typealias Lanes = OctetSearch.Lanes

    private let width: Int
    /// What wide blocks held.
    private var found: UInt32 = 0
    private var bare = Lanes()
    private var nul = Lanes()
    private var combined = Block()

    /// Looks at content up to a dot behind CRLF, or all of it, notes what it holds, and answers how many octets it is.
    ///
    /// There is at least one octet, and the first one is content whatever it is. `afterCarriageReturn` says whether CR
    /// came before it.
    static func run(
        of octets: UnsafeRawBufferPointer,
        afterCarriageReturn: Bool,
        into content: inout ContentStatistics,
        byVectorsOf width: Int = widest
    ) -> Int {
        var scan = ContentScan(width: width)
        var first = ContentStatistics()
        note(octets[0], isBehindCarriageReturn: afterCarriageReturn, in: &first)
        var index = 1
        while index < octets.count {
            index = scan.passBlocks(of: octets, from: index)
            // A dot behind LF is among the next 16 octets, or these are the last.
            let end = min(index + 16, octets.count)
            while index < end {
                if isLineStartDot(octets, index, afterCarriageReturn) {
                    scan.merge(first, into: &content)
                    return index
                }
                note(octets[index], isBehindCarriageReturn: octets[index - 1] == .carriageReturn, in: &first)
                index += 1
            }
        }
        scan.merge(first, into: &content)
        return index
    }

    /// Passes over whole blocks up to one that holds a dot behind LF.
    @inline(__always)
    private mutating func passBlocks(of octets: UnsafeRawBufferPointer, from start: Int) -> Int {
        var index = passWideBlocks(of: octets, from: start)
        while octets.count - index >= 64 {
            var next = self
            var dots = next.pass(octets, at: index)
            dots .|= next.pass(octets, at: index + 16)
            dots .|= next.pass(octets, at: index + 32)
            dots .|= next.pass(octets, at: index + 48)
            if OctetSearch.isAnySet(dots) { break }
            self = next
            index += 64
        }
        while octets.count - index >= 16 {
            var next = self
            if OctetSearch.isAnySet(next.pass(octets, at: index)) { break }
            self = next
            index += 16
        }
        return index
    }

    private init(width: Int) {
        self.width = width
    }

    #if arch(x86_64)
        /// The octets of the processor's vectors, where they are more than those that Swift compiles for: 32 or 64, else 0.
        static let widest = Int(gatepost_scan_width())

        /// Passes over blocks of 64 octets by wide vectors.
        @inline(__always)
        private mutating func passWideBlocks(of octets: UnsafeRawBufferPointer, from start: Int) -> Int {
            guard width > 0, octets.count - start >= 64 else { return start }
            let bytes = octets.baseAddress?.assumingMemoryBound(to: UInt8.self)
            return width == 64
                ? gatepost_scan_by_64(bytes, start, octets.count, &found)
                : gatepost_scan_by_32(bytes, start, octets.count, &found)
        }
    #else
        static let widest = 0

        private func passWideBlocks(of octets: UnsafeRawBufferPointer, from start: Int) -> Int { start }
    #endif

    /// Notes what a block holds, and answers its dots behind LF.
    @inline(__always)
    private mutating func pass(_ octets: UnsafeRawBufferPointer, at index: Int) -> Lanes {
        let block = octets.loadUnaligned(fromByteOffset: index, as: Block.self)
        let before = octets.loadUnaligned(fromByteOffset: index - 1, as: Block.self)
        let isLineFeed = block .== Block(repeating: .lineFeed)
        bare .|= (before .== Block(repeating: .carriageReturn)) .^ isLineFeed
        nul .|= block .== Block()
        combined |= block
        return (before .== Block(repeating: .lineFeed)) .& (block .== Block(repeating: .dot))
    }

    private static func isLineStartDot(_ octets: UnsafeRawBufferPointer, _ index: Int, _ afterCarriageReturn: Bool)
        -> Bool
    {
        octets[index] == .dot && octets[index - 1] == .lineFeed
            && (index > 1 ? octets[index - 2] == .carriageReturn : afterCarriageReturn)
    }

    private static func note(_ octet: UInt8, isBehindCarriageReturn: Bool, in content: inout ContentStatistics) {
        if (octet == .lineFeed) != isBehindCarriageReturn { content.hasBareLineEnd = true }
        if octet.isEightBit { content.hasEightBit = true }
        if octet == .nul { content.hasNUL = true }
    }

    private func merge(_ single: ContentStatistics, into content: inout ContentStatistics) {
        let isEightBit = combined .>= Block(repeating: 0x80)
        content.hasBareLineEnd = content.hasBareLineEnd || single.hasBareLineEnd || OctetSearch.isAnySet(bare)
        content.hasNUL = content.hasNUL || single.hasNUL || OctetSearch.isAnySet(nul)
        content.hasEightBit = content.hasEightBit || single.hasEightBit || OctetSearch.isAnySet(isEightBit)
        #if arch(x86_64)
            content.hasBareLineEnd = content.hasBareLineEnd || Int(found) & GATEPOST_SCAN_BARE != 0
            content.hasNUL = content.hasNUL || Int(found) & GATEPOST_SCAN_NUL != 0
            content.hasEightBit = content.hasEightBit || Int(found) & GATEPOST_SCAN_EIGHT_BIT != 0
        #endif
    }
}

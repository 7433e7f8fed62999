/// Searches that go over a buffer by blocks of 64 octets.
///
/// The clear versions, one octet at a time, are in the tests and must find the same.
enum OctetSearch {
    typealias Block = SIMD16<UInt8>

    /// The index of the first LF, from an index on.
    static func lineFeed(in octets: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var index = start
        let lineFeed = Block(repeating: .lineFeed)
        while octets.count - index >= 16 {
            let block = octets.loadUnaligned(fromByteOffset: index, as: Block.self)
            if isAnySet(block .== lineFeed) { break }
            index += 16
        }
        while index < octets.count {
            if octets[index] == .lineFeed { return index }
            index += 1
        }
        return nil
    }

    /// The index of the first dot whose preceding octet is LF, from an index of 1 or more on.
    static func lineFeedDot(in octets: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var index = start
        let lineFeed = Block(repeating: .lineFeed)
        let dot = Block(repeating: .dot)
        while octets.count - index >= 64 {
            var hits = SIMDMask<SIMD16<Int8>>()
            for offset in stride(from: index, to: index + 64, by: 16) {
                let block = octets.loadUnaligned(fromByteOffset: offset, as: Block.self)
                let before = octets.loadUnaligned(fromByteOffset: offset - 1, as: Block.self)
                hits .|= (block .== dot) .& (before .== lineFeed)
            }
            if isAnySet(hits) { break }
            index += 64
        }
        while index < octets.count {
            if octets[index] == .dot, octets[index - 1] == .lineFeed { return index }
            index += 1
        }
        return nil
    }

    /// Whether any lane is true. The library's `any` reduces lane by lane; two words are enough.
    @inline(__always)
    static func isAnySet(_ mask: SIMDMask<SIMD16<Int8>>) -> Bool {
        let words = unsafeBitCast(mask, to: SIMD2<UInt64>.self)
        return words.x | words.y != 0
    }
}

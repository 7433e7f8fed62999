import Glibc

/// Searches that look at many octets at once.
///
/// The clear versions, one octet at a time, are in the tests and must find the same.
public enum OctetSearch {
    typealias Block = SIMD16<UInt8>
    typealias Lanes = SIMDMask<SIMD16<Int8>>

    /// The index of the first LF, from an index on.
    static func lineFeed(in octets: UnsafeRawBufferPointer, from start: Int) -> Int? {
        first(.lineFeed, in: octets, from: start)
    }

    /// The index of the first octet of a kind, from an index on.
    public static func first(_ wanted: UInt8, in octets: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = octets.baseAddress, start < octets.count else { return nil }
        return memchr(base + start, CInt(wanted), octets.count - start).map { UnsafeRawPointer($0) - base }
    }

    /// The index of the first dot whose preceding octet is LF, from an index of 1 or more on.
    static func lineFeedDot(in octets: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var index = start
        let lineFeed = Block(repeating: .lineFeed)
        let dot = Block(repeating: .dot)
        func hits(at index: Int) -> Lanes {
            let block = octets.loadUnaligned(fromByteOffset: index, as: Block.self)
            let before = octets.loadUnaligned(fromByteOffset: index - 1, as: Block.self)
            return (block .== dot) .& (before .== lineFeed)
        }
        while octets.count - index >= 64,
            !isAnySet(hits(at: index) .| hits(at: index + 16) .| hits(at: index + 32) .| hits(at: index + 48))
        {
            index += 64
        }
        while octets.count - index >= 16 {
            if let lane = firstSet(hits(at: index)) { return index + lane }
            index += 16
        }
        while index < octets.count {
            if octets[index] == .dot, octets[index - 1] == .lineFeed { return index }
            index += 1
        }
        return nil
    }

    /// Whether any lane is true. The library's `any` reduces lane by lane; two words are enough.
    @inline(__always)
    static func isAnySet(_ lanes: Lanes) -> Bool {
        let words = unsafeBitCast(lanes, to: SIMD2<UInt64>.self)
        return words.x | words.y != 0
    }

    /// The first lane that is true.
    @inline(__always)
    static func firstSet(_ lanes: Lanes) -> Int? {
        // Lanes are octets of all ones; the first one is the lowest of its word.
        let words = unsafeBitCast(lanes, to: SIMD2<UInt64>.self)
        if words.x != 0 { return UInt64(littleEndian: words.x).trailingZeroBitCount / 8 }
        if words.y != 0 { return 8 + UInt64(littleEndian: words.y).trailingZeroBitCount / 8 }
        return nil
    }
}

/// Writes one piece behind the other into memory that has room for all.
public struct OctetWriter {
    private let octets: UnsafeMutableRawBufferPointer
    /// Octets written.
    public private(set) var count = 0

    public init(_ octets: UnsafeMutableRawBufferPointer) {
        self.octets = octets
    }

    @inline(__always)
    public mutating func put(_ octet: UInt8) {
        precondition(count < octets.count, "no room was made for an octet")
        octets[count] = octet
        count += 1
    }

    public mutating func put(_ literal: StaticString) {
        put(UnsafeRawBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    public mutating func put(text: String) {
        let isDone: Void? = text.utf8.withContiguousStorageIfAvailable { put(UnsafeRawBufferPointer($0)) }
        guard isDone == nil else { return }
        var text = text
        text.withUTF8 { put(UnsafeRawBufferPointer($0)) }
    }

    public mutating func put(_ piece: UnsafeRawBufferPointer) {
        precondition(piece.count <= octets.count - count, "no room was made for a piece")
        guard let start = octets.baseAddress, let source = piece.baseAddress else { return }
        (start + count).copyMemory(from: source, byteCount: piece.count)
        count += piece.count
    }

    /// Takes what was written behind the first `count` octets back.
    public mutating func takeBack(to count: Int) {
        precondition((0...self.count).contains(count), "what was not written cannot be taken back")
        self.count = count
    }
}

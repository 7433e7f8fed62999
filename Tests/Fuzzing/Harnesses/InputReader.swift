import NIOCore

/// Takes choices from the front of an input, and leaves the rest to be content.
struct InputReader {
    private(set) var rest: ArraySlice<UInt8>

    init(_ octets: [UInt8]) {
        rest = octets[...]
    }

    /// An octet; 0 at the end.
    mutating func octet() -> UInt8 {
        rest.popFirst() ?? 0
    }

    /// A number below `bound`.
    mutating func number(below bound: Int) -> Int {
        Int(octet()) % bound
    }
}

extension Collection<UInt8> {
    /// The octets in pieces: as one, each by itself, or cut at up to two places.
    func pieces(cutBy first: UInt8, _ second: UInt8) -> [ByteBuffer] {
        switch (first, second) {
        case (0, 0): return [ByteBuffer(bytes: self)]
        case (255, 255): return map { ByteBuffer(bytes: CollectionOfOne($0)) }
        default:
            let cuts = [Int(first), Int(second)].map { Swift.min($0, count) }.sorted()
            let places = cuts.map { index(startIndex, offsetBy: $0) }
            return [self[..<places[0]], self[places[0]..<places[1]], self[places[1]...]].map { ByteBuffer(bytes: $0) }
        }
    }
}

extension ByteBuffer {
    var octets: [UInt8] { Array(readableBytesView) }
}

/// Octets as a reader of complaints can copy them.
func shown(_ octets: some Sequence<UInt8>) -> String {
    String(octets.prefix(300).map { Character(UnicodeScalar($0)) }).debugDescription
}

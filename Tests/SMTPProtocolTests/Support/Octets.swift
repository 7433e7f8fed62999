import NIOCore

/// Octets as a message of a failed test shows them.
func shown(_ octets: some Sequence<UInt8>) -> String {
    octets.map { octet in
        switch octet {
        case 0x0D: "<CR>"
        case 0x0A: "<LF>"
        case 0x00: "<NUL>"
        case 0x20..<0x7F: String(UnicodeScalar(octet))
        default: "<\(String(octet, radix: 16))>"
        }
    }.joined()
}

extension ByteBuffer {
    var octets: [UInt8] { Array(readableBytesView) }
}

/// Every string of an alphabet up to a length.
func everyString(of alphabet: [UInt8], upTo length: Int) -> [[UInt8]] {
    var all: [[UInt8]] = [[]]
    var longest = all
    for _ in 0..<length {
        longest = longest.flatMap { string in alphabet.map { string + [$0] } }
        all += longest
    }
    return all
}

/// The ways in which octets are handed over: whole, one by one, and in two pieces at each place.
func everySplit(of octets: [UInt8]) -> [[ArraySlice<UInt8>]] {
    var splits: [[ArraySlice<UInt8>]] = [[octets[...]], octets.indices.map { octets[$0...$0] }]
    for index in octets.indices.dropFirst() { splits.append([octets[..<index], octets[index...]]) }
    return splits
}

/// Octets in pieces of random length.
func randomPieces(of octets: [UInt8], upTo length: Int, _ random: inout SplitMix64) -> [ArraySlice<UInt8>] {
    var pieces: [ArraySlice<UInt8>] = []
    var start = 0
    while start < octets.count {
        let end = min(octets.count, start + random.number(1...length))
        pieces.append(octets[start..<end])
        start = end
    }
    return pieces
}

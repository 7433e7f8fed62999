import Testing

@testable import SMTPProtocol

@Suite("The scan of content") struct ContentScanTests {
    private struct Scan: Equatable {
        var length = 0
        var content = ContentStatistics()

        init(_ octets: [UInt8], afterCarriageReturn: Bool, byVectorsOf width: Int) {
            length = octets.withUnsafeBytes {
                ContentScan.run(
                    of: $0, afterCarriageReturn: afterCarriageReturn, into: &content, byVectorsOf: width)
            }
        }
    }

    @Test("by wide vectors it finds what it finds without", arguments: [32, 64].filter { $0 <= ContentScan.widest })
    func blocks(byVectorsOf width: Int) {
        var random = SplitMix64(seed: 32)
        let oddities: [[UInt8]] = [
            [0x0A], [0x0D], [0x00], [0x80], [0xFF], [0x0D, 0x0A], [0x0A, 0x2E], [0x0D, 0x0A, 0x2E], [0x2E],
        ]
        for _ in 0..<20_000 {
            var octets = [UInt8](repeating: 0x61, count: random.number(1...400))
            for _ in 0..<random.number(0...3) {
                let oddity = random.pick(oddities)
                let place = random.number(0...octets.count - 1)
                octets.replaceSubrange(place..<min(place + oddity.count, octets.count), with: oddity)
            }
            let isBehind = random.number(0...1) == 1
            let wide = Scan(octets, afterCarriageReturn: isBehind, byVectorsOf: width)
            let narrow = Scan(octets, afterCarriageReturn: isBehind, byVectorsOf: 0)
            guard wide == narrow else {
                Issue.record("\(shown(octets)) is \(wide), and \(narrow) without wide blocks")
                return
            }
        }
    }
}

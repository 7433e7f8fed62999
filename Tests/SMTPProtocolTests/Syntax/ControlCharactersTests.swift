import Testing

@testable import SMTPProtocol

@Suite("Control characters") struct ControlCharactersTests {
    @Test("eight octets at once tell what each of them tells") func survey() {
        var random = SplitMix64(seed: 8)
        let edges: [UInt8] = [0x00, 0x01, 0x09, 0x1F, 0x20, 0x21, 0x7E, 0x7F, 0x80, 0x81, 0x9F, 0xA0, 0xFE, 0xFF]
        for _ in 0..<20_000 {
            var octets = [UInt8](repeating: 0x61, count: random.number(0...40))
            for place in octets.indices where random.number(0...7) == 0 { octets[place] = random.pick(edges) }
            let survey = octets.withUnsafeBytes { ControlCharacters.survey($0) }
            let controls = octets.contains { $0 < 0x20 || $0 == 0x7F }
            let eightBit = octets.contains { $0 >= 0x80 }
            guard survey.hasControl == controls, survey.hasEightBit == eightBit else {
                Issue.record("\(shown(octets)) is taken for \(survey)")
                return
            }
        }
    }
}

import Testing

@testable import MailMessage

@Suite("Plain addresses") struct PlainAddressTests {
    @Test(
        "what is read without tokens is what the parser reads",
        arguments: [
            "ann@example.net", "Ann <ann@example.net>", "Ann B Example <ann.b+c@mail.example.net>", "a@b",
            "X-1 y_z <o'neill=q?@ex-ample.net>", "\"Example, Ann\" <a@b>", "\"Dr. A (x) <y>; z:\" <a@b>",
        ]
    )
    func agrees(_ value: String) throws {
        let plain = try #require(AddressList.Entry(plain: value))
        #expect([plain] == AddressListParser.parse(Array(value.utf8)))
    }

    @Test(
        "anything else is left to the parser",
        arguments: [
            "", ">", "<a@b>", "Ann<a@b>", "Ann  B <a@b>", "a@b, c@d", "\"Ann\"<a@b>", "\"A\\\"n\" <a@b>",
            "\" A\" <a@b>",
            "\"\" <a@b>", "\"A\" B <a@b>", "Ann (x) <a@b>", "a@@b", "a@",
            "@b", ".a@b", "a.@b", "a@b.", "a@[192.0.2.1]", "=?utf-8?Q?x?= <a@b>", "Ånn <a@b>", "Ann <a@b> x", "ann",
            "Dr. Ann <a@b>", "group: a@b;", "Ann <a@b", "Ann <<a@b>>", "Ann\t<a@b>",
        ]
    )
    func declines(_ value: String) {
        #expect(AddressList.Entry(plain: value) == nil)
    }

    @Test("random values are read the same or left to the parser")
    func neverDisagrees() {
        var generator = SplitMix64(state: 7)
        let alphabet = Array("ab.@<> =?\"(,;:Å-")
        for _ in 0..<20_000 {
            let length = Int.random(in: 0...14, using: &generator)
            let value = String((0..<length).compactMap { _ in alphabet.randomElement(using: &generator) })
            if let plain = AddressList.Entry(plain: value) {
                #expect([plain] == AddressListParser.parse(Array(value.utf8)), "\(value)")
            }
        }
    }

    private struct SplitMix64: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var z = state
            z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
            return z ^ (z >> 31)
        }
    }
}

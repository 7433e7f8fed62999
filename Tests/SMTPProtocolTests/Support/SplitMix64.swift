/// A generator of numbers that gives the same ones for the same seed, so that a failure can be repeated.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    mutating func chance(oneIn count: Int) -> Bool { number(1...count) == 1 }

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[number(0...elements.count - 1)] }

    mutating func text(of characters: String, _ length: ClosedRange<Int>) -> String {
        let characters = Array(characters)
        return String((0..<number(length)).map { _ in pick(characters) })
    }

    mutating func octets(of alphabet: [UInt8], _ length: ClosedRange<Int>) -> [UInt8] {
        (0..<number(length)).map { _ in pick(alphabet) }
    }
}

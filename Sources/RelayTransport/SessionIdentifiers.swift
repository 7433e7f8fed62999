/// Makes session identifiers: ten characters that are easy to read out and to search for, from a random start.
struct SessionIdentifiers {
    private var next: UInt64
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
    private static let length = 10

    init(startingAt start: UInt64 = .random(in: 0...UInt64.max)) {
        next = start
    }

    mutating func make() -> String {
        let number = next
        next &+= 1
        return String(unsafeUninitializedCapacity: Self.length) { bytes in
            var rest = number
            for index in stride(from: Self.length - 1, through: 0, by: -1) {
                bytes[index] = Self.alphabet[Int(rest & 31)]
                rest >>= 5
            }
            return Self.length
        }
    }
}

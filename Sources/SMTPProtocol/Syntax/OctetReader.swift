/// A position in octets that are being parsed.
///
/// Productions are written as extensions of it: `take…` moves the position behind what it recognised, or answers nil and
/// leaves the position anywhere. The octets belong to the caller and outlive the reader.
struct OctetReader {
    private let octets: UnsafeRawBufferPointer
    private(set) var position: Int
    private var end: Int

    init(_ octets: UnsafeRawBufferPointer) {
        self.octets = octets
        position = 0
        end = octets.count
    }

    var isAtEnd: Bool { position >= end }

    var remaining: Int { end - position }

    /// The octet at the position.
    var next: UInt8? { position < end ? octets[position] : nil }

    /// Gives up white space at the end, which receivers tolerate (RFC 5321 section 4.1.1).
    mutating func dropTrailingWhiteSpace() {
        while end > position, octets[end - 1] == .space || octets[end - 1] == .tab { end -= 1 }
    }

    mutating func take(_ octet: UInt8) -> Bool {
        guard next == octet else { return false }
        position += 1
        return true
    }

    mutating func takeAny() -> UInt8? {
        guard let octet = next else { return nil }
        position += 1
        return octet
    }

    /// Takes a word of ASCII letters written in any case; `word` is given in upper case.
    mutating func take(word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        guard remaining >= length else { return false }
        for index in 0..<length where octets[position + index].uppercased != word.utf8Start[index] { return false }
        position += length
        return true
    }

    mutating func skipSpaces() {
        while next == .space { position += 1 }
    }

    /// Takes octets as long as they belong to a class; the range is empty when the first one does not.
    mutating func takeRun(while belongs: (UInt8) -> Bool) -> Range<Int> {
        let start = position
        while position < end, belongs(octets[position]) { position += 1 }
        return start..<position
    }

    mutating func takeRest() -> Range<Int> {
        let rest = position..<max(position, end)
        position = rest.upperBound
        return rest
    }

    /// The octet at an index of a range that a `take…` answered.
    subscript(index: Int) -> UInt8 { octets[index] }

    func text(_ range: Range<Int>) -> String {
        String(decoding: UnsafeRawBufferPointer(rebasing: octets[range]), as: UTF8.self)
    }

    func octets(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: octets[range])
    }
}

extension StringProtocol {
    /// Parses the whole text by one production: nil when it fails or leaves something over.
    func parsed<Value>(_ production: (inout OctetReader) -> Value?) -> Value? {
        var text = String(self)
        return text.withUTF8 { octets in
            var reader = OctetReader(UnsafeRawBufferPointer(octets))
            guard let value = production(&reader), reader.isAtEnd else { return nil }
            return value
        }
    }
}

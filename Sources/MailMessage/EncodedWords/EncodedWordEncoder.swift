/// Makes encoded words [2047 2] of UTF-8 text, each of at most 75 octets and ending at a character.
///
/// ```abnf
/// encoded-word = "=?" charset "?" encoding "?" encoded-text "?="
/// ```
struct EncodedWordEncoder {
    /// Longest encoded word.
    static let longestWord = 75
    /// Room that holds any one character, in either encoding.
    static let shortestWord = frame + 12
    /// `=?UTF-8?Q?` and `?=`.
    private static let frame = 12

    private let text: [UInt8]
    private let usesBase64: Bool
    private var place = 0

    init(_ text: [UInt8]) {
        self.text = text
        let quoted = text.reduce(0) { $0 + Self.quotedLength(of: $1) }
        usesBase64 = (text.count + 2) / 3 * 4 < quoted
    }

    var isAtEnd: Bool { place == text.count }

    /// The next word, with as much of the text as the room allows and at least one character; nil at the end.
    mutating func next(atMost room: Int) -> [UInt8]? {
        guard !isAtEnd else { return nil }
        let room = min(room, Self.longestWord) - Self.frame
        let start = place
        var length = 0
        while place < text.count {
            let end = characterEnd(from: place)
            let nextLength =
                usesBase64
                ? (end - start + 2) / 3 * 4
                : text[place..<end].reduce(length) { $0 + Self.quotedLength(of: $1) }
            if nextLength > room, place > start { break }
            length = nextLength
            place = end
        }
        let encoding: StaticString = usesBase64 ? "=?UTF-8?B?" : "=?UTF-8?Q?"
        let body = usesBase64 ? Base64.encode(text[start..<place]) : Self.quoted(text[start..<place])
        return encoding.withUTF8Buffer(Array.init) + body + [UInt8(ascii: "?"), UInt8(ascii: "=")]
    }

    private func characterEnd(from start: Int) -> Int {
        var end = start + 1
        while end < text.count, text[end] & 0xC0 == 0x80 { end += 1 }
        return end
    }

    /// The octets that stand for themselves in a phrase, where the rules are strictest [2047 5 (3)].
    private static func isQuotedAsItself(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "!"), UInt8(ascii: "*"), UInt8(ascii: "+"),
            UInt8(ascii: "-"), UInt8(ascii: "/"):
            true
        default: false
        }
    }

    private static func quotedLength(of octet: UInt8) -> Int {
        isQuotedAsItself(octet) || octet == Octet.space ? 1 : 3
    }

    private static func quoted(_ text: ArraySlice<UInt8>) -> [UInt8] {
        let digits: StaticString = "0123456789ABCDEF"
        return digits.withUTF8Buffer { digits in
            text.reduce(into: []) { quoted, octet in
                if isQuotedAsItself(octet) {
                    quoted.append(octet)
                } else if octet == Octet.space {
                    quoted.append(UInt8(ascii: "_"))
                } else {
                    quoted += [UInt8(ascii: "="), digits[Int(octet >> 4)], digits[Int(octet & 15)]]
                }
            }
        }
    }
}

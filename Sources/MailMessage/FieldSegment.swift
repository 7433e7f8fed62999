/// A stretch of a new field value, with the white space before it.
enum FieldSegment: Hashable {
    /// One word that stands as it is.
    case plain(whiteSpace: [UInt8], word: [UInt8])
    /// Words, and the white space between them, that must become encoded words.
    case encoded(whiteSpace: [UInt8], text: [UInt8])

    /// Longest word that stands plainly: with white space and name before it, its line stays below 998 octets.
    static let longestPlainWord = 800
    /// Longest white space that stands plainly; what is longer could not be folded without an empty-looking line.
    static let longestPlainWhiteSpace = 40

    /// Takes a value apart. Controls become spaces, and white space at both ends goes. A word is encoded when it is
    /// not ASCII, could be taken for an encoded word, or is too long for a line.
    static func segments(of value: String) -> [FieldSegment] {
        let octets = sanitised(value)
        var segments: [FieldSegment] = []
        var place = 0
        while place < octets.count {
            let whiteSpace = octets[place...].prefix(while: Octet.isWhiteSpace)
            let word = octets[whiteSpace.endIndex...].prefix { !Octet.isWhiteSpace($0) }
            place = word.endIndex
            guard needsEncoding(word) || whiteSpace.count > longestPlainWhiteSpace else {
                segments.append(.plain(whiteSpace: Array(whiteSpace), word: Array(word)))
                continue
            }
            if case .encoded(let before, let text)? = segments.last {
                // White space between encoded words is not shown, so that between the words goes in.
                segments[segments.count - 1] = .encoded(whiteSpace: before, text: text + whiteSpace + word)
            } else if whiteSpace.count > longestPlainWhiteSpace {
                let hidden = octets[(whiteSpace.startIndex + 1)..<word.endIndex]
                segments.append(.encoded(whiteSpace: [octets[whiteSpace.startIndex]], text: Array(hidden)))
            } else {
                segments.append(.encoded(whiteSpace: Array(whiteSpace), text: Array(word)))
            }
        }
        return segments
    }

    private static func sanitised(_ value: String) -> ArraySlice<UInt8> {
        let octets = value.utf8.map { Octet.isControl($0) ? Octet.space : $0 }
        guard let first = octets.firstIndex(where: { !Octet.isWhiteSpace($0) }),
            let last = octets.lastIndex(where: { !Octet.isWhiteSpace($0) })
        else { return [] }
        return octets[first...last]
    }

    private static func needsEncoding(_ word: ArraySlice<UInt8>) -> Bool {
        guard word.count <= longestPlainWord else { return true }
        var previous: UInt8 = 0
        for octet in word {
            if octet >= 0x80 || (octet == UInt8(ascii: "?") && previous == UInt8(ascii: "=")) { return true }
            previous = octet
        }
        return false
    }
}

/// A stretch of a new field value, with the white space before it.
enum FieldSegment: Hashable {
    /// One word that stands as it is.
    case plain(whiteSpace: [UInt8], word: [UInt8])
    /// Words, and the white space between them, that must become encoded words.
    case encoded(whiteSpace: [UInt8], text: [UInt8])

    /// Takes the value of a new field apart. Controls become spaces, and white space at both ends goes. A word is
    /// encoded when it is not ASCII, could be taken for an encoded word, or is too long for a line.
    ///
    /// - Parameter holdsAddresses: a quoted string that needs encoding loses its quotes, and an angle bracket begins
    ///   a new word.
    /// - Parameter keepsEncodedWords: an encoded word of the value stays, with the white space that is shown.
    static func segments(
        of value: String, holdsAddresses: Bool, keepsEncodedWords: Bool = false
    ) -> [FieldSegment] {
        var segmenter = FieldSegmenter(value, holdsAddresses: holdsAddresses, keepsEncodedWords: keepsEncodedWords)
        return segmenter.split()
    }
}

private struct FieldSegmenter {
    /// Longest word that stands plainly: with white space and name before it, its line stays below 998 octets.
    private static let longestPlainWord = 800
    /// Longest white space that stands plainly; what is longer could not be folded without an empty-looking line.
    private static let longestPlainWhiteSpace = 40

    private let octets: ArraySlice<UInt8>
    private let holdsAddresses: Bool
    private let keepsEncodedWords: Bool
    private var segments: [FieldSegment] = []
    /// A quoted string that does not end ends the search for others.
    private var isQuoteUnclosed = false

    init(_ value: String, holdsAddresses: Bool, keepsEncodedWords: Bool) {
        let octets = value.utf8.map { Octet.isControl($0) ? Octet.space : $0 }
        let isText = { (octet: UInt8) in !Octet.isWhiteSpace(octet) }
        let start = octets.firstIndex(where: isText) ?? octets.endIndex
        let end = octets.lastIndex(where: isText).map { $0 + 1 } ?? octets.endIndex
        self.octets = octets[start..<end]
        self.holdsAddresses = holdsAddresses
        self.keepsEncodedWords = keepsEncodedWords
    }

    mutating func split() -> [FieldSegment] {
        var place = octets.startIndex
        var isBehindQuotes = false
        while place < octets.endIndex {
            var whiteSpace = octets[place...].prefix(while: Octet.isWhiteSpace)
            place = whiteSpace.endIndex
            // White space must set an encoded word apart [2047 5 (3)].
            if whiteSpace.isEmpty, isBehindQuotes { whiteSpace = [Octet.space] }
            if let quoted = quotedTextToEncode(at: place) {
                addEncoded(Array(quoted.text), behind: whiteSpace)
                place = quoted.end
                isBehindQuotes = true
                continue
            }
            let word = word(at: place)
            place = word.endIndex
            if needsEncoding(word) || whiteSpace.count > Self.longestPlainWhiteSpace {
                addEncoded(Array(word), behind: whiteSpace)
                isBehindQuotes = holdsAddresses
            } else {
                if keepsEncodedWords, word.starts(with: "=?".utf8) { showWhiteSpace(whiteSpace) }
                segments.append(.plain(whiteSpace: Array(whiteSpace), word: Array(word)))
                isBehindQuotes = false
            }
        }
        return segments
    }

    /// Up to white space; in an address, a word that is to be encoded ends before `<`.
    private func word(at start: Int) -> ArraySlice<UInt8> {
        let word = octets[start...].prefix { !Octet.isWhiteSpace($0) }
        guard holdsAddresses, needsEncoding(word),
            let bracket = word.dropFirst().firstIndex(of: UInt8(ascii: "<"))
        else { return word }
        return octets[start..<bracket]
    }

    private mutating func addEncoded(_ text: [UInt8], behind whiteSpace: ArraySlice<UInt8>) {
        if case .encoded(let before, let first)? = segments.last {
            // White space between encoded words is not shown, so that between the words goes in.
            segments[segments.count - 1] = .encoded(whiteSpace: before, text: first + whiteSpace + text)
        } else if keepsEncodedWords, case .plain(_, let word)? = segments.last, word.starts(with: "=?".utf8) {
            segments.append(.encoded(whiteSpace: Array(whiteSpace), text: whiteSpace + text))
        } else if whiteSpace.count > Self.longestPlainWhiteSpace {
            let hidden = Array(whiteSpace.dropFirst())
            segments.append(.encoded(whiteSpace: Array(whiteSpace.prefix(1)), text: hidden + text))
        } else {
            segments.append(.encoded(whiteSpace: Array(whiteSpace), text: text))
        }
    }

    /// The quoted string that starts here, without its quoting, when it needs encoding.
    private mutating func quotedTextToEncode(at start: Int) -> (text: [UInt8], end: Int)? {
        let quote = UInt8(ascii: "\"")
        guard holdsAddresses, !isQuoteUnclosed, start < octets.endIndex, octets[start] == quote else { return nil }
        var text: [UInt8] = []
        var place = start + 1
        while place < octets.endIndex, octets[place] != quote {
            if octets[place] == UInt8(ascii: "\\"), place + 1 < octets.endIndex { place += 1 }
            text.append(octets[place])
            place += 1
        }
        isQuoteUnclosed = place >= octets.endIndex
        let isLocalPart = place + 1 < octets.endIndex && octets[place + 1] == UInt8(ascii: "@")
        guard !isQuoteUnclosed, !isLocalPart, needsEncoding(text[...]) else { return nil }
        return (text, place + 1)
    }

    /// White space between two encoded words is not shown: that before one that stays goes into the one before it.
    private mutating func showWhiteSpace(_ whiteSpace: ArraySlice<UInt8>) {
        guard case .encoded(let before, let text)? = segments.last else { return }
        segments[segments.count - 1] = .encoded(whiteSpace: before, text: text + whiteSpace)
    }

    private func needsEncoding(_ word: ArraySlice<UInt8>) -> Bool {
        guard word.count <= Self.longestPlainWord else { return true }
        var previous: UInt8 = 0
        for octet in word {
            if octet >= 0x80 { return true }
            if octet == UInt8(ascii: "?"), previous == UInt8(ascii: "="), !keepsEncodedWords { return true }
            previous = octet
        }
        return false
    }
}

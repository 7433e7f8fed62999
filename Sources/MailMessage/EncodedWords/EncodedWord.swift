/// Encoded words: text beyond ASCII in a header field [2047].
public enum EncodedWord {
    /// Text as a header field may hold it: the text itself when it is plain ASCII that cannot be taken for an encoded
    /// word, else encoded words with a space between them. `decode` gives the text back, controls as spaces.
    public static func encode(_ text: String) -> String {
        let octets = text.utf8.map { Octet.isControl($0) ? Octet.space : $0 }
        let isPlain = octets.allSatisfy { $0 < 0x80 } && !text.utf8.containsEncodedWordStart
        guard !isPlain else { return String(decoding: octets, as: UTF8.self) }
        var encoder = EncodedWordEncoder(octets)
        var words: [UInt8] = []
        while let word = encoder.next(atMost: EncodedWordEncoder.longestWord) {
            if !words.isEmpty { words.append(Octet.space) }
            words += word
        }
        return String(decoding: words, as: UTF8.self)
    }

    /// The text with its encoded words decoded.
    ///
    /// White space between two encoded words is left out [2047 6.2], and a character whose octets are spread over
    /// words of the same charset is put together. The language of [2231 5] is passed over. Words may stand next to
    /// other text and hold spaces, as they do in practice. A word that is malformed, or in a charset that nobody
    /// knows, stays as it is. Controls that a word hides become spaces; what is not text in its charset becomes
    /// U+FFFD.
    public static func decode(_ text: String) -> String {
        guard text.utf8.containsEncodedWordStart else { return text }
        var decoder = EncodedWordDecoder(Array(text.utf8))
        return decoder.decode()
    }
}

extension String.UTF8View {
    /// Whether `=?` occurs.
    fileprivate var containsEncodedWordStart: Bool {
        withContiguousStorageIfAvailable { octets in
            let octets = UnsafeRawBufferPointer(octets)
            var search = 0
            while let mark = octets.firstIndex(of: UInt8(ascii: "?"), from: search) {
                if mark > 0, octets[mark - 1] == UInt8(ascii: "=") { return true }
                search = mark + 1
            }
            return false
        } ?? zip(self, dropFirst()).contains { $0 == (UInt8(ascii: "="), UInt8(ascii: "?")) }
    }
}

import NIOCore

/// The text that a reader of a part sees.
enum BodyText {
    /// The octets in UTF-8, HTML reduced to its text, of at most so many octets. A charset that nobody knows is read as
    /// UTF-8; what is no text in its charset becomes U+FFFD.
    static func text(of octets: ByteBuffer, charset name: String, isHTML: Bool, atMost limit: Int) -> String {
        var converters = CharsetConverters()
        let named = Charset(name: name.utf8) ?? .utf8
        // Text that claims to be ASCII and is not, is UTF-8 for most.
        let charset = named == .ascii || !converters.knows(named) ? Charset.utf8 : named
        let text = converters.text(Array(octets.readableBytesView), in: charset)
        return prefix(isHTML ? HTMLText.text(of: text) : text, atMost: limit)
    }

    /// Cut at a character.
    private static func prefix(_ text: [UInt8], atMost limit: Int) -> String {
        guard text.count > limit else { return String(decoding: text, as: UTF8.self) }
        var end = max(0, limit)
        while end > 0, text[end] & 0xC0 == 0x80 { end -= 1 }
        return String(decoding: text[..<end], as: UTF8.self)
    }
}

/// The part of a mailbox before the `@`, without its quoting: `"john doe"@example.org` has the local part `john doe`.
///
/// Two local parts are equal octet by octet: only the host that holds the mailbox may know better (RFC 5321 section 2.4).
public struct LocalPart: Hashable, Sendable {
    public let text: String

    /// Nil when the text holds control characters, which neither form of a local part can carry.
    public init?(_ text: String) {
        guard !ControlCharacters.areIn(text) else { return nil }
        self.text = text
    }

    fileprivate init(unchecked text: String) { self.text = text }

    public var isASCII: Bool { text.isASCII }

    /// The text as it stands in a path: a Dot-string if it can be one, else a Quoted-string.
    public var printed: String {
        if text.parsed({ $0.takeDotString() }) != nil { return text }
        var quoted = "\""
        for character in text.unicodeScalars {
            if character == "\"" || character == "\\" { quoted += "\\" }
            quoted.unicodeScalars.append(character)
        }
        return quoted + "\""
    }
}

extension OctetReader {
    /// `Local-part = Dot-string / Quoted-string`
    mutating func takeLocalPart() -> LocalPart? {
        if next == .quote { return takeQuotedString() }
        guard let range = takeDotString() else { return nil }
        return LocalPart(unchecked: text(range))
    }

    /// `Dot-string = Atom *("." Atom)`
    fileprivate mutating func takeDotString() -> Range<Int>? {
        let start = position
        repeat {
            if takeRun(while: \.isAtext).isEmpty { return nil }
        } while take(.dot)
        return start..<position
    }

    /// ```abnf
    /// Quoted-string    = DQUOTE *QcontentSMTP DQUOTE
    /// QcontentSMTP     = qtextSMTP / quoted-pairSMTP
    /// quoted-pairSMTP  = %d92 %d32-126
    /// qtextSMTP        = %d32-33 / %d35-91 / %d93-126 / UTF8-non-ascii
    /// ```
    private mutating func takeQuotedString() -> LocalPart? {
        guard take(.quote) else { return nil }
        var content: [UInt8] = []
        while true {
            let plain = takeRun { $0 != .quote && $0 != .backslash && !$0.isControl }
            content.append(contentsOf: octets(plain))
            switch takeAny() {
            case .quote?:
                return LocalPart(unchecked: String(decoding: content, as: UTF8.self))
            case .backslash?:
                guard let octet = takeAny(), (32...126).contains(octet) else { return nil }
                content.append(octet)
            default:
                return nil
            }
        }
    }
}

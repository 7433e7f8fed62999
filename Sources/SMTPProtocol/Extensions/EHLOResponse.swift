/// One line of the response to EHLO: a keyword and what its extension says behind it.
public struct EHLOKeyword: Hashable, Sendable, CustomStringConvertible {
    /// In upper case.
    public var keyword: String
    public var parameters: [String]

    public init(_ keyword: String, _ parameters: [String] = []) {
        let isUpperCase = keyword.utf8.allSatisfy { $0 < 0x80 && !(0x61...0x7A).contains($0) }
        self.keyword = isUpperCase ? keyword : keyword.uppercased()
        self.parameters = parameters
    }

    /// Reads a line; nil when its keyword breaks the syntax.
    init?(parsing line: String) {
        // Most have no parameters.
        if Self.isKeyword(line) {
            self.init(line)
            return
        }
        let words = Self.words(of: line)
        guard let keyword = words.first, Self.isKeyword(keyword) else { return nil }
        self.init(keyword, Array(words.dropFirst()))
    }

    private static func isKeyword(_ word: String) -> Bool {
        word.utf8.first?.isLetDig == true && word.utf8.allSatisfy { $0.isLetDig || $0 == .hyphen }
    }

    /// What spaces part, octet by octet: a character may be a space and a mark that combines with it.
    static func words(of line: String) -> [String] {
        if !line.isEmpty, !line.utf8.contains(.space) { return [line] }
        var line = line
        return line.withUTF8 { octets in
            var words: [String] = []
            var start = 0
            while start < octets.count {
                let end = octets[start...].firstIndex(of: .space) ?? octets.count
                if end > start { words.append(String(decoding: octets[start..<end], as: UTF8.self)) }
                start = end + 1
            }
            return words
        }
    }

    public var description: String { ([keyword] + parameters).joined(separator: " ") }
}

/// The 250 reply to EHLO (RFC 5321 section 4.1.1.1).
///
/// ```abnf
/// ehlo-ok-rsp  = "250-" Domain [ SP ehlo-greet ] CRLF *( "250-" ehlo-line CRLF ) "250" SP ehlo-line CRLF
/// ehlo-line    = ehlo-keyword *( SP ehlo-param )
/// ehlo-keyword = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-")
/// ```
public struct EHLOResponse: Hashable, Sendable {
    /// The first word of the first line, whatever it is.
    public var domain: String
    public var keywords: [EHLOKeyword]

    public init(domain: String, keywords: [EHLOKeyword] = []) {
        self.domain = domain
        self.keywords = keywords
    }

    /// Reads the lines of a reply to EHLO. A line whose keyword breaks the syntax is passed over (`AUTH=LOGIN` of old).
    public init(parsing reply: Reply) {
        domain = EHLOKeyword.words(of: reply.lines[0]).first ?? ""
        keywords = reply.lines.dropFirst().compactMap { EHLOKeyword(parsing: $0) }
    }

    /// The first line with a keyword, given in any case.
    public subscript(keyword: String) -> EHLOKeyword? {
        let keyword = keyword.uppercased()
        return keywords.first { $0.keyword == keyword }
    }

    /// The reply that offers these keywords; the greeting stands behind the domain.
    public func reply(greeting: String = "") -> Reply {
        Reply(.ok, lines: [greeting.isEmpty ? domain : "\(domain) \(greeting)"] + keywords.map(\.description))
    }
}

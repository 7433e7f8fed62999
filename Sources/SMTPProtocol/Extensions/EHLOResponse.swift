/// One line of the response to EHLO: a keyword and what its extension says behind it.
public struct EHLOKeyword: Hashable, Sendable, CustomStringConvertible {
    /// In upper case.
    public var keyword: String
    public var parameters: [String]

    public init(_ keyword: String, _ parameters: [String] = []) {
        self.keyword = keyword.uppercased()
        self.parameters = parameters
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
        domain = reply.lines[0].split(separator: " ").first.map(String.init) ?? ""
        keywords = reply.lines.dropFirst().compactMap { line in
            let words = line.split(separator: " ")
            guard let keyword = words.first, keyword.parsed({ $0.takeParameter() }) != nil, !keyword.contains("=")
            else {
                return nil
            }
            return EHLOKeyword(String(keyword), words.dropFirst().map(String.init))
        }
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

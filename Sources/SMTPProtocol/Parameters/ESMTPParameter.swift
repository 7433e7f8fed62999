/// A parameter of MAIL or RCPT (RFC 5321 section 4.1.2).
public struct ESMTPParameter: Hashable, Sendable, CustomStringConvertible {
    /// In upper case: keywords are compared without case.
    public let keyword: String
    /// The text behind `=` as it came; nil for a keyword alone.
    public let value: String?

    /// Nil when keyword or value break the syntax, so that no parameter can smuggle in another one.
    public init?(_ keyword: String, _ value: String? = nil) {
        let text = value.map { "\(keyword)=\($0)" } ?? keyword
        guard !ControlCharacters.areIn(text), let parameter = text.parsed({ $0.takeParameter() }),
            parameter.value == value
        else { return nil }
        self = parameter
    }

    fileprivate init(uppercasedKeyword: String, value: String?) {
        keyword = uppercasedKeyword
        self.value = value
    }

    /// `SIZE=` with a count of octets (RFC 1870).
    public static func size(_ octets: Int) -> ESMTPParameter {
        ESMTPParameter(uppercasedKeyword: "SIZE", value: String(max(octets, 0)))
    }

    public var description: String { value.map { "\(keyword)=\($0)" } ?? keyword }
}

extension OctetReader {
    /// ```abnf
    /// esmtp-param   = esmtp-keyword ["=" esmtp-value]
    /// esmtp-keyword = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-")
    /// esmtp-value   = 1*(%d33-60 / %d62-126 / UTF8-non-ascii)
    /// ```
    mutating func takeParameter() -> ESMTPParameter? {
        let keyword = takeRun { $0.isLetDig || $0 == .hyphen }
        guard !keyword.isEmpty, self[keyword.lowerBound] != .hyphen else { return nil }
        let name = uppercasedText(keyword)
        guard take(.equals) else { return ESMTPParameter(uppercasedKeyword: name, value: nil) }
        let value = takeRun { $0 > .space && $0 != .equals && $0 != 0x7F }
        guard !value.isEmpty else { return nil }
        return ESMTPParameter(uppercasedKeyword: name, value: text(value))
    }

    func uppercasedText(_ range: Range<Int>) -> String {
        let octets = octets(range)
        return String(unsafeUninitializedCapacity: octets.count) { text in
            for (index, octet) in octets.enumerated() { text[index] = octet.uppercased }
            return octets.count
        }
    }
}

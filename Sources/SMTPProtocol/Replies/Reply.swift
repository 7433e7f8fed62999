/// A reply of one or more lines (RFC 5321 section 4.2).
public struct Reply: Hashable, Sendable, CustomStringConvertible {
    public var code: ReplyCode

    /// The text of each line behind `250-` or `250 `, an enhanced status code included.
    ///
    /// Never empty; what is set here loses its control characters, so that no text can add a line.
    public var lines: [String] {
        didSet { lines = Self.cleaned(lines) }
    }

    public init(_ code: ReplyCode, _ text: String) {
        self.init(code, lines: [text])
    }

    public init(_ code: ReplyCode, _ enhanced: EnhancedStatusCode?, _ text: String) {
        self.init(code, lines: [enhanced.map { "\($0) \(text)" } ?? text])
    }

    public init(_ code: ReplyCode, lines: [String]) {
        self.code = code
        self.lines = Self.cleaned(lines)
    }

    /// Takes lines that are known to hold no control characters.
    init(_ code: ReplyCode, clean lines: [String]) {
        self.code = code
        self.lines = lines
    }

    /// Parses a reply of one line, `552 5.3.4 Message too large`.
    public init?(_ text: String) {
        var text = text
        let parsed: (ReplyCode, String)? = text.withUTF8 { octets in
            var reader = OctetReader(UnsafeRawBufferPointer(octets))
            guard let code = reader.takeReplyCode(), reader.isAtEnd || reader.take(.space) else { return nil }
            return (code, reader.text(reader.takeRest()))
        }
        guard let (code, line) = parsed, !ControlCharacters.areIn(line) else { return nil }
        self.init(code, lines: [line])
    }

    /// The enhanced status code at the start of the text, if its class agrees with the reply code.
    public var enhancedStatusCode: EnhancedStatusCode? { splitFirstLine.enhanced }

    /// The first line without its enhanced status code.
    public var text: String { splitFirstLine.text }

    public var isPositiveCompletion: Bool { code.severity == .positiveCompletion }
    public var isPositiveIntermediate: Bool { code.severity == .positiveIntermediate }
    public var isTransientNegative: Bool { code.severity == .transientNegative }
    public var isPermanentNegative: Bool { code.severity == .permanentNegative }
    /// 2yz or 3yz.
    public var isPositive: Bool { code.rawValue < 400 }
    /// 4yz or 5yz.
    public var isNegative: Bool { code.rawValue >= 400 }

    /// One line, for logs; the lines of a reply are set apart by ` / `.
    public var description: String { "\(code) \(lines.joined(separator: " / "))" }

    private var splitFirstLine: (enhanced: EnhancedStatusCode?, text: String) {
        var line = lines[0]
        let severity = code.severity
        return line.withUTF8 { octets in
            var reader = OctetReader(UnsafeRawBufferPointer(octets))
            let whole = reader
            guard let enhanced = reader.takeEnhancedStatusCode(), enhanced.class == severity.rawValue,
                reader.isAtEnd || reader.take(.space)
            else {
                reader = whole
                return (nil, reader.text(reader.takeRest()))
            }
            return (enhanced, reader.text(reader.takeRest()))
        }
    }

    private static func cleaned(_ lines: [String]) -> [String] {
        if lines.isEmpty { return [""] }
        return lines.contains(where: ControlCharacters.areIn) ? lines.map(ControlCharacters.removed) : lines
    }
}

extension OctetReader {
    /// `Reply-code = %x32-35 %x30-39 %x30-39`; RFC 5321 has 0 to 5 for the second digit, but readers go by the first.
    mutating func takeReplyCode() -> ReplyCode? {
        var code: UInt16 = 0
        for _ in 0..<3 {
            guard let digit = takeAny(), digit.isDigit else { return nil }
            code = code * 10 + UInt16(digit &- 0x30)
        }
        return ReplyCode(rawValue: code)
    }
}

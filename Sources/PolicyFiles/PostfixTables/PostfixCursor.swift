import Policy

/// A place in a logical line of a Postfix table that moves on as the line is read.
struct PostfixCursor {
    let line: PostfixLine
    private(set) var offset = 0

    init(_ line: PostfixLine) {
        self.line = line
    }

    var next: Unicode.Scalar? { offset < line.scalars.count ? line.scalars[offset] : nil }
    var isAtEnd: Bool { next == nil }
    var location: SourceLocation { line.location(at: offset) }

    mutating func take() -> Unicode.Scalar? {
        guard let scalar = next else { return nil }
        offset += 1
        return scalar
    }

    mutating func take(_ wanted: Unicode.Scalar) -> Bool {
        guard next == wanted else { return false }
        offset += 1
        return true
    }

    mutating func skipWhiteSpace() {
        while let next, PostfixLine.isSpace(next) { offset += 1 }
    }

    /// The scalars up to white space or the end.
    mutating func takeWord() -> String {
        let start = offset
        while let next, !PostfixLine.isSpace(next) { offset += 1 }
        return line.string(start..<offset)
    }

    /// What lies between a place before and this one.
    func text(since start: Int) -> String { line.string(start..<offset) }

    /// A word that no letter or digit follows, compared without case, as Postfix looks for IF and ENDIF.
    mutating func take(keyword: String) -> Bool {
        let end = offset + keyword.unicodeScalars.count
        guard end <= line.scalars.count, line.string(offset..<end).lowercased() == keyword.lowercased(),
            end == line.scalars.count || !line.scalars[end].isASCIILetterOrDigit
        else { return false }
        offset = end
        return true
    }
}

extension Unicode.Scalar {
    var isASCIILetterOrDigit: Bool { isASCII && (properties.isAlphabetic || isASCIIDigit) }
    var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}

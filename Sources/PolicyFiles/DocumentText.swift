import Policy

/// The text of a document before it is YAML: characters and where they stand.
enum DocumentText {
    /// Decodes UTF-8, without a byte order mark.
    static func decode(_ octets: [UInt8], path: String) -> Result<String, Diagnostic> {
        let octets = octets.starts(with: [0xEF, 0xBB, 0xBF]) ? octets.dropFirst(3) : octets[...]
        if let text = String(validating: octets, as: UTF8.self) { return .success(text) }
        var decoder = UTF8()
        var rest = octets.makeIterator()
        var position = Position()
        while case .scalarValue(let scalar) = decoder.decode(&rest) { position.advance(over: scalar) }
        return .failure(.error(at: position.location(in: path), "not valid UTF-8"))
    }

    /// The first character that YAML does not allow in a document, with its place.
    static func firstForbiddenCharacter(in text: String, path: String) -> Diagnostic? {
        var position = Position()
        for scalar in text.unicodeScalars {
            guard isAllowed(scalar) else {
                let number = String(scalar.value, radix: 16, uppercase: true)
                let name = "U+" + String(repeating: "0", count: max(0, 4 - number.count)) + number
                return .error(at: position.location(in: path), "control character \(name) in the text")
            }
            position.advance(over: scalar)
        }
        return nil
    }

    /// The character at a line and column, both counted from 1.
    static func index(of line: Int, _ column: Int, in text: String) -> String.Index? {
        var position = Position()
        for index in text.unicodeScalars.indices {
            if position.line == line, position.column == column { return index }
            position.advance(over: text.unicodeScalars[index])
        }
        return nil
    }

    /// YAML 1.1 5.1, `c-printable`.
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xFEFE, 0xFF00...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }

    /// A place in the text; lines end where YAML ends them.
    private struct Position {
        var line = 1
        var column = 1
        private var isBehindCarriageReturn = false

        mutating func advance(over scalar: Unicode.Scalar) {
            switch scalar {
            case "\n" where isBehindCarriageReturn:
                break
            case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}":
                line += 1
                column = 1
            default:
                column += 1
            }
            isBehindCarriageReturn = scalar == "\r"
        }

        func location(in path: String) -> SourceLocation { SourceLocation(file: path, line: line, column: column) }
    }
}

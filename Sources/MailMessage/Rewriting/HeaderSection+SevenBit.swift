extension HeaderSection {
    /// Writes every field that has octets beyond ASCII in ASCII: parameters of Content-Type and Content-Disposition by
    /// [2231], all else by encoded words [2047]. What is no UTF-8 keeps its octets, in the charset `unknown-8bit`
    /// [1428]. In a line that is no field they become `?`.
    mutating func encodeEightBit() {
        for index in spans.indices {
            let span = spans[index]
            let octets = withOctets(of: span) { Array($0[span.range]) }
            guard octets.contains(where: { $0 >= 0x80 }) else { continue }
            guard !span.isMalformed else {
                replaceOctets(at: index, with: octets.map { $0 < 0x80 ? $0 : UInt8(ascii: "?") })
                continue
            }
            let name = name(at: index)
            let value = Self.unfolded(octets[(span.valueRange.lowerBound - span.range.lowerBound)...])
            let isUTF8 = String(validating: value, as: UTF8.self) != nil
            let text = String(decoding: value, as: UTF8.self)
            let field =
                switch name.lowercased() {
                case "content-type", "content-disposition":
                    isUTF8 ? FieldWriter.parameterField(name, text) : FieldWriter.field(name: name, masking: value)
                case _ where isUTF8: FieldWriter.field(name: name, value: text, keepsEncodedWords: true)
                default: FieldWriter.field(name: name, ofUnknownCharset: value)
                }
            replaceOctets(at: index, with: field)
        }
    }

    /// The value without its line ends and the white space around it.
    private static func unfolded(_ value: ArraySlice<UInt8>) -> [UInt8] {
        let text = value.filter { $0 != Octet.carriageReturn && $0 != Octet.lineFeed }
        let start = text.firstIndex { !Octet.isWhiteSpace($0) } ?? text.endIndex
        let end = text.lastIndex { !Octet.isWhiteSpace($0) }.map { $0 + 1 } ?? text.endIndex
        return start < end ? Array(text[start..<end]) : []
    }
}

extension FieldWriter {
    /// A field whose parameters beyond ASCII are percent-encoded, in sections where they are long [2231 3, 4].
    static func parameterField(_ name: String, _ value: String) -> [UInt8] {
        let pieces = ParameterPieces(value).pieces.enumerated().flatMap { index, piece -> [[UInt8]] in
            if piece.octets.allSatisfy({ $0 < 0x80 }) { return [piece.octets] }
            guard index > 0, !piece.name.isEmpty, piece.name.utf8.allSatisfy({ $0 < 0x80 }) else {
                return [piece.octets.map { $0 < 0x80 ? $0 : UInt8(ascii: "?") }]
            }
            return sections(piece)
        }
        var field = Array(name.utf8) + [Octet.colon, Octet.space]
        field += pieces.joined(separator: Array(";\r\n ".utf8))
        return field + [Octet.carriageReturn, Octet.lineFeed]
    }

    private static func sections(_ piece: ParameterPieces.Piece) -> [[UInt8]] {
        // One that is in sections already keeps its name, and only what is not ASCII is written anew.
        let isExtended = piece.name.utf8.contains(UInt8(ascii: "*"))
        let encoded = piece.value.map { octet -> [UInt8] in
            if isExtended ? octet < 0x80 && octet != UInt8(ascii: "\"") : isAttributeOctet(octet) { return [octet] }
            let (high, low) = Octet.hexadecimalDigits(octet)
            return [UInt8(ascii: "%"), high, low]
        }
        let name = Array(piece.name.utf8)
        let charset = Array("UTF-8''".utf8)
        if isExtended { return [name + [UInt8(ascii: "=")] + encoded.joined()] }
        let whole = Array(encoded.joined())
        guard whole.count > longestSection else {
            return [name + Array("*=".utf8) + charset + whole]
        }
        var sections: [[UInt8]] = []
        var section: [UInt8] = []
        for octets in encoded {
            if section.count + octets.count > longestSection {
                sections.append(section)
                section = []
            }
            section += octets
        }
        sections.append(section)
        return sections.enumerated().map { index, section in
            name + Array("*\(index)*=".utf8) + (index == 0 ? charset : []) + section
        }
    }

    private static let longestSection = 50

    /// `attribute-char` [2231 7].
    private static func isAttributeOctet(_ octet: UInt8) -> Bool {
        octet > Octet.space && octet < Octet.delete && !"*'%()<>@,;:\\\"/[]?=".utf8.contains(octet)
    }

    /// A field in which octets beyond ASCII become `?`, for no charset is known that a parameter could name.
    static func field(name: String, masking value: [UInt8]) -> [UInt8] {
        let masked = value.map { $0 < 0x80 ? $0 : UInt8(ascii: "?") }
        return field(name: name, value: String(decoding: masked, as: UTF8.self), keepsEncodedWords: true)
    }

    /// A field in which words beyond ASCII become encoded words in `unknown-8bit`.
    static func field(name: String, ofUnknownCharset value: [UInt8]) -> [UInt8] {
        var field = Array(name.utf8) + [Octet.colon]
        var column = field.count
        func write(_ word: [UInt8]) {
            if column + 1 + word.count > 76, column > name.utf8.count + 1 {
                field += [Octet.carriageReturn, Octet.lineFeed]
                column = 0
            }
            field += [Octet.space] + word
            column += 1 + word.count
        }
        var run: [UInt8] = []
        func endRun() {
            for start in stride(from: 0, to: run.count, by: 18) {
                let quoted = run[start..<min(start + 18, run.count)].flatMap { octet -> [UInt8] in
                    let (high, low) = Octet.hexadecimalDigits(octet)
                    return [UInt8(ascii: "="), high, low]
                }
                write(Array("=?unknown-8bit?Q?".utf8) + quoted + Array("?=".utf8))
            }
            run = []
        }
        for word in value.split(whereSeparator: Octet.isWhiteSpace) {
            if word.contains(where: { $0 >= 0x80 }) {
                // White space between encoded words is not shown, so it goes into them.
                run += (run.isEmpty ? [] : [Octet.space]) + word
            } else {
                endRun()
                write(Array(word))
            }
        }
        endRun()
        return field + [Octet.carriageReturn, Octet.lineFeed]
    }
}

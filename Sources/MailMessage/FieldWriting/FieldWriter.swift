/// Writes header fields of our own.
///
/// Lines end at 78 octets where white space allows it, at 76 in a field with encoded words [2047 2], and never pass
/// 998 [5322 2.1.1]. The white space of the value is where lines are folded, so that unfolding gives the value back.
/// Text beyond ASCII becomes encoded words in UTF-8. A control character in a value becomes a space.
struct FieldWriter {
    private(set) var octets: [UInt8] = []
    private var column = 0
    /// Whether the line holds more than white space: only then may it be folded.
    private var lineHasText = false

    private static let preferredLine = 78
    private static let preferredLineWithEncodedWords = 76
    private static let longestLine = 998

    /// A whole field with its CRLF.
    ///
    /// - Parameter keepsEncodedWords: what looks like an encoded word in the value is one, and stays.
    static func field(name: String, value: String, keepsEncodedWords: Bool = false) -> [UInt8] {
        if let field = shortField(name: name, value: value) { return field }
        var writer = FieldWriter()
        writer.append(name.utf8)
        writer.append(CollectionOfOne(Octet.colon))
        let segments = FieldSegment.segments(
            of: value, holdsAddresses: HeaderTraits.holdsAddresses(name), keepsEncodedWords: keepsEncodedWords)
        writer.append(segments, firstWhiteSpace: [Octet.space])
        writer.endLine()
        return writer.octets
    }

    /// The octets of a field with a prefix put before its value.
    static func prefixing(
        _ field: UnsafeRawBufferPointer, valueStart: Int, valueEnd: Int, with prefix: String
    ) -> [UInt8] {
        let textStart = field.firstText(from: valueStart, to: valueEnd)
        let rest = UnsafeRawBufferPointer(rebasing: field[textStart...])
        let restText = UnsafeRawBufferPointer(rebasing: field[textStart..<valueEnd])
        var segments = FieldSegment.segments(of: prefix, holdsAddresses: false)
        guard !segments.isEmpty else { return Array(field) }
        if case .encoded(let before, let text)? = segments.last, restText.starts(with: "=?".utf8) {
            // White space between two encoded words is not shown: the space goes into the first.
            segments[segments.count - 1] = .encoded(whiteSpace: before, text: text + [Octet.space])
        }

        var writer = FieldWriter()
        writer.append(field[..<textStart])
        let isBare = restText.isEmpty && textStart == valueStart
        writer.append(segments, firstWhiteSpace: isBare ? [Octet.space] : [])
        if !restText.isEmpty {
            let line = restText.firstIndex(of: Octet.lineFeed, from: 0).map { $0 - 1 } ?? restText.count
            if writer.column + 1 + line > preferredLine { writer.endLine() }
            writer.append(CollectionOfOne(Octet.space))
        }
        writer.append(rest)
        return writer.octets
    }

    /// The field when it fits on one line as it is, which is the rule.
    private static func shortField(name: String, value: String) -> [UInt8]? {
        let length = name.utf8.count + 2 + value.utf8.count
        guard length <= preferredLine, let first = value.utf8.first, let last = value.utf8.last,
            !Octet.isWhiteSpace(first), !Octet.isWhiteSpace(last)
        else { return nil }
        var field: [UInt8] = []
        field.reserveCapacity(length + 2)
        field.append(contentsOf: name.utf8)
        field.append(Octet.colon)
        field.append(Octet.space)
        for octet in value.utf8 {
            guard octet < 0x80, !Octet.isControl(octet) else { return nil }
            guard octet != UInt8(ascii: "?") || field.last != UInt8(ascii: "=") else { return nil }
            field.append(octet)
        }
        field.append(Octet.carriageReturn)
        field.append(Octet.lineFeed)
        return field
    }
}

extension FieldWriter {
    private mutating func append(_ octets: some Collection<UInt8>) {
        self.octets.append(contentsOf: octets)
        for octet in octets {
            column += 1
            if octet == Octet.lineFeed {
                column = 0
                lineHasText = false
            } else if !Octet.isWhiteSpace(octet) {
                lineHasText = true
            }
        }
    }

    private mutating func endLine() {
        append([Octet.carriageReturn, Octet.lineFeed])
    }

    private mutating func append(_ segments: [FieldSegment], firstWhiteSpace: [UInt8]) {
        let hasEncodedWords = segments.contains { if case .encoded = $0 { true } else { false } }
        let line = hasEncodedWords ? Self.preferredLineWithEncodedWords : Self.preferredLine
        var isFirst = true
        for segment in segments {
            switch segment {
            case .plain(let whiteSpace, let word):
                let whiteSpace = isFirst ? firstWhiteSpace : whiteSpace
                // Behind the colon a line ends only when it must: not every reader likes an empty first line.
                makeRoom(for: whiteSpace.count + word.count, within: isFirst ? Self.longestLine : line, whiteSpace)
                append(word)
            case .encoded(let whiteSpace, let text):
                appendEncoded(text, isFirst ? firstWhiteSpace : whiteSpace, within: line)
            }
            isFirst = false
        }
    }

    /// Writes white space, behind a line end when what follows would pass the limit.
    private mutating func makeRoom(for octetCount: Int, within limit: Int, _ whiteSpace: [UInt8]) {
        if column + octetCount > limit, lineHasText || column + octetCount > Self.longestLine {
            endLine()
            append(whiteSpace.isEmpty ? [Octet.space] : whiteSpace)
        } else {
            append(whiteSpace)
        }
    }

    private mutating func appendEncoded(_ text: [UInt8], _ whiteSpace: [UInt8], within line: Int) {
        var encoder = EncodedWordEncoder(text)
        makeRoom(for: whiteSpace.count + EncodedWordEncoder.shortestWord, within: line, whiteSpace)
        while let word = encoder.next(atMost: line - column) {
            append(word)
            guard !encoder.isAtEnd else { break }
            endLine()
            append(CollectionOfOne(Octet.space))
        }
    }
}

extension UnsafeRawBufferPointer {
    /// The first octet of a value that is not white space or folding; `end` when there is none.
    fileprivate func firstText(from start: Int, to end: Int) -> Int {
        var index = start
        while index < end {
            if Octet.isWhiteSpace(self[index]) {
                index += 1
            } else if index + 2 < end, self[index] == Octet.carriageReturn, self[index + 1] == Octet.lineFeed,
                Octet.isWhiteSpace(self[index + 2])
            {
                index += 3
            } else {
                break
            }
        }
        return index
    }
}

import Policy

/// Reads a pattern between its delimiters, with the `!` before and the options behind it.
///
/// ```
/// pattern  = *( "!" / WSP ) delimiter *( char / "\" char ) delimiter *option
/// ```
struct PostfixPatternReader {
    let type: PostfixTableType

    func read(_ cursor: inout PostfixCursor) throws(Diagnostic) -> PostfixPattern {
        var isNegated = false
        while let next = cursor.next, next == "!" || PostfixLine.isSpace(next) {
            if next == "!" { isNegated.toggle() }
            _ = cursor.take()
        }
        let place = cursor.location
        guard let delimiter = cursor.take() else { throw .error(at: place, "expected a pattern") }
        let start = cursor.offset
        try skip(to: delimiter, &cursor, openedAt: place)
        let expression = cursor.text(since: start)
        _ = cursor.take()
        switch type {
        case .pcre, .hash: return try perl(expression, &cursor, isNegated: isNegated, at: place)
        case .regexp: return try posix(expression, &cursor, isNegated: isNegated, at: place)
        }
    }

    private func skip(
        to delimiter: Unicode.Scalar, _ cursor: inout PostfixCursor, openedAt place: SourceLocation
    ) throws(Diagnostic) {
        while let next = cursor.next, next != delimiter {
            _ = cursor.take()
            if next == "\\" { _ = cursor.take() }
        }
        if cursor.isAtEnd {
            throw .error(at: place, "the pattern has no closing delimiter `\(delimiter)`")
        }
    }

    private func perl(
        _ expression: String, _ cursor: inout PostfixCursor, isNegated: Bool, at place: SourceLocation
    ) throws(Diagnostic) -> PostfixPattern {
        var options = PostfixPatternOptions()
        var remarks: [Diagnostic] = []
        while let letter = cursor.next, !PostfixLine.isSpace(letter) {
            switch letter {
            case "i": options.isCaseless.toggle()
            case "m": options.isMultiline.toggle()
            case "s": options.dotMatchesNewline.toggle()
            case "x": options.isExtended.toggle()
            case "A": options.isAnchored.toggle()
            case "U": options.isUngreedy.toggle()
            // No text that is searched ends in a line feed, which is all that E is about.
            case "E": break
            case "X": remarks.append(.warning(at: cursor.location, "the option `X` means nothing to PCRE2"))
            default: throw unknownOption(letter, cursor, "`i`, `m`, `s`, `x`, `A`, `E`, `U`")
            }
            _ = cursor.take()
        }
        var pattern = try PostfixPattern(expression, options: options, isNegated: isNegated, at: place)
        pattern.remarks = remarks + Self.remarks(on: expression, at: place)
        return pattern
    }

    private func posix(
        _ expression: String, _ cursor: inout PostfixCursor, isNegated: Bool, at place: SourceLocation
    ) throws(Diagnostic) -> PostfixPattern {
        var options = PostfixPatternOptions()
        var isExtended = true
        var heedsLines = false
        while let letter = cursor.next, !PostfixLine.isSpace(letter), letter != "!" {
            switch letter {
            case "i": options.isCaseless.toggle()
            case "m": heedsLines.toggle()
            case "x": isExtended.toggle()
            default: throw unknownOption(letter, cursor, "`i`, `m`, `x`")
            }
            _ = cursor.take()
        }
        let translated: POSIXExpression
        do {
            translated = try POSIXExpression(expression, isExtended: isExtended, heedsLines: heedsLines)
        } catch {
            throw .error(at: place, "pattern `\(expression)`: \(error.message) (at offset \(error.offset))")
        }
        var pattern = try PostfixPattern(translated.pattern, options: options, isNegated: isNegated, at: place)
        pattern.mayFindOtherGroups = translated.mayFindOtherGroups
        pattern.remarks = Self.remarks(on: expression, at: place)
        pattern.remarks += translated.plainEscapes.map { letter in
            .warning(
                at: place, "`\\\(letter)` is the letter `\(letter)` in a regexp table, and is carried over as that")
        }
        return pattern
    }

    /// Postfix searches octets, a policy searches characters.
    private static func remarks(on expression: String, at place: SourceLocation) -> [Diagnostic] {
        guard expression.unicodeScalars.contains(where: { !$0.isASCII }) || namesOctets(expression) else { return [] }
        return [
            .warning(
                at: place,
                "the pattern names octets beyond ASCII; Postfix searches octets, a policy searches the characters of UTF-8"
            )
        ]
    }

    /// `\x80` to `\xff`, or `\200` to `\377`.
    private static func namesOctets(_ expression: String) -> Bool {
        expression.contains(#/\\x[89a-fA-F][0-9a-fA-F]|\\[23][0-7][0-7]/#)
    }

    private func unknownOption(_ letter: Unicode.Scalar, _ cursor: PostfixCursor, _ known: String) -> Diagnostic {
        .error(at: cursor.location, "unknown option `\(letter)` of a pattern; expected \(known), then white space")
    }
}

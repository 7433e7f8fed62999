import Policy

/// The result of a table entry with its places for what the pattern found: `$1`, `${1}`, `$(1)`; `$$` is a dollar.
struct PostfixText: Hashable, Sendable {
    enum Segment: Hashable, Sendable {
        case literal(String)
        case group(Int)
    }

    var segments: [Segment]

    init(_ segments: [Segment]) {
        self.segments = segments
    }

    /// The highest group that is asked for; 0 for none.
    var highestGroup: Int {
        segments.reduce(0) { highest, segment in
            if case .group(let number) = segment { max(highest, number) } else { highest }
        }
    }

    var isEmpty: Bool { segments.isEmpty }

    /// The text when it has no places.
    var literal: String? {
        switch segments.count {
        case 0: return ""
        case 1: if case .literal(let text) = segments[0] { return text } else { return nil }
        default: return nil
        }
    }

    /// The first word, which has to be literal, and what stands behind the white space after it.
    func splittingFirstWord() -> (word: String, rest: PostfixText)? {
        guard case .literal(let text)? = segments.first else { return nil }
        let scalars = text.unicodeScalars
        guard let end = scalars.firstIndex(where: PostfixLine.isSpace) else {
            return segments.count == 1 ? (text, PostfixText([])) : nil
        }
        let rest = String(scalars[end...].drop(while: PostfixLine.isSpace))
        return (String(scalars[..<end]), PostfixText((rest.isEmpty ? [] : [.literal(rest)]) + segments.dropFirst()))
    }

    /// The literal text before a colon in the first segment, and what stands behind it, as in `X-Name: $1`.
    func splittingFieldName() -> (name: String, value: PostfixText)? {
        guard case .literal(let text)? = segments.first, let colon = text.firstIndex(of: ":") else { return nil }
        let rest = text[text.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
        let value = (rest.isEmpty ? [] : [Segment.literal(String(rest))]) + segments.dropFirst()
        return (text[..<colon].trimmingWhiteSpace(), PostfixText(value))
    }

    /// The text as the texts of a policy have it, `{match.1}` for a group.
    var template: String {
        segments.map { segment in
            switch segment {
            case .literal(let text): Self.printable(text).replacing("{", with: "{{")
            case .group(let number): "{match.\(number)}"
            }
        }.joined()
    }

    /// The text as the `replace` of a policy has it, `${1}` for a group.
    var replacement: String {
        segments.map { segment in
            switch segment {
            case .literal(let text): Self.printable(text).replacing("$", with: "$$").replacing("{", with: "{{")
            case .group(let number): "${\(number)}"
            }
        }.joined()
    }
}

extension PostfixText {
    /// What the texts of a policy may hold: a tab becomes a space, and other characters that do not show `?`.
    private static func printable(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { scalar -> Unicode.Scalar in
            switch scalar.properties.generalCategory {
            case .control: scalar == "\t" ? " " : "?"
            case .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: "?"
            default: scalar
            }
        }
        return String(String.UnicodeScalarView(scalars))
    }

    /// Reads the rest of a line.
    static func read(_ cursor: inout PostfixCursor) throws(Diagnostic) -> PostfixText {
        var segments: [Segment] = []
        var literal = ""
        while let scalar = cursor.next {
            let place = cursor.location
            _ = cursor.take()
            if scalar != "$" || cursor.take("$") {
                literal.unicodeScalars.append(scalar)
                continue
            }
            if !literal.isEmpty { segments.append(.literal(literal)) }
            literal = ""
            segments.append(.group(try group(&cursor, at: place)))
        }
        if !literal.isEmpty { segments.append(.literal(literal)) }
        return PostfixText(segments)
    }

    /// The number behind a `$`.
    private static func group(
        _ cursor: inout PostfixCursor, at place: SourceLocation
    ) throws(Diagnostic) -> Int {
        let closing: Unicode.Scalar? = cursor.take("{") ? "}" : cursor.take("(") ? ")" : nil
        let start = cursor.offset
        while let next = cursor.next, next.isASCIILetterOrDigit || next == "_" { _ = cursor.take() }
        let name = cursor.text(since: start)
        if let closing, !cursor.take(closing) {
            throw .error(at: place, "`$` with a brace that is not closed; a dollar sign is written `$$`")
        }
        guard let number = Int(name), number > 0 else {
            throw .error(at: place, "`$\(name)` is not the number of a group; a dollar sign is written `$$`")
        }
        return number
    }
}

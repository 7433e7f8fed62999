/// A field that a rule writes, as the rules behind it can tell: Postfix does not look again at what it has written.
struct PostfixWrittenField: Sendable {
    /// The name in lower case; nil when a group has a part in it.
    let name: String?
    let pattern: String

    /// Nil when nothing of the field is known beforehand.
    init?(_ text: PostfixText) {
        guard text.segments.contains(where: { if case .literal = $0 { true } else { false } }) else { return nil }
        name = text.splittingFieldName()?.name.lowercased()
        let parts = text.segments.map { segment in
            switch segment {
            case .literal(let literal): Self.pattern(of: literal)
            case .group: ".*"
            }
        }
        pattern = "(?is)\\A\(parts.joined())\\s*\\z"
    }

    /// A text in which white space may be folded.
    private static func pattern(of literal: String) -> String {
        var pattern = ""
        for scalar in literal.unicodeScalars {
            if !PostfixLine.isSpace(scalar) {
                pattern += POSIXEscapes.literal(scalar)
            } else if !pattern.hasSuffix("\\s*") {
                pattern += "\\s*"
            }
        }
        return PrintablePattern.of(pattern)
    }
}

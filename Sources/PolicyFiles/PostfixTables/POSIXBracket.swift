/// Bracket expressions of POSIX: `[a-z[:digit:]_]`. A backslash is an ordinary character in them.
///
/// ```
/// bracket  = "[" [ "^" ] [ "]" ] *( item / item "-" item ) "]"
/// item     = char / "[." char ".]" / "[=" char "=]" / "[:" name ":]"
/// ```
enum POSIXBracket {
    private static let classes: Set<String> = [
        "alpha", "digit", "alnum", "upper", "lower", "space", "blank", "punct", "print", "graph", "cntrl", "xdigit",
    ]

    private enum Item {
        case character(Unicode.Scalar)
        case named(String)
    }

    /// Reads behind the opening bracket.
    static func read(
        _ reader: inout POSIXReader,
        heedsLines: Bool
    ) throws(POSIXExpression.Failure) -> String {
        let start = reader.offset
        let isNegated = reader.take("^")
        var text = ""
        var isFirst = true
        while isFirst || reader.next != "]" {
            guard !reader.isAtEnd else {
                throw POSIXExpression.Failure(message: "`[` without its `]`", offset: max(0, start - 1))
            }
            text += try member(&reader)
            isFirst = false
        }
        reader.skip()
        if isNegated { return "[^\(text)\(heedsLines ? "\\n" : "")]" }
        return "[\(text)]"
    }

    /// A character, a range of characters or a named class.
    private static func member(_ reader: inout POSIXReader) throws(POSIXExpression.Failure) -> String {
        let place = reader.offset
        switch try item(&reader) {
        case .named(let name):
            if classes.contains(name) { return "[:\(name):]" }
            throw POSIXExpression.Failure(message: "unknown class `[:\(name):]`", offset: place)
        case .character(let first):
            guard reader.next == "-", !reader.sees("]", after: 1) else { return escaped(first) }
            reader.skip()
            guard case .character(let last) = try item(&reader), first.value <= last.value else {
                throw POSIXExpression.Failure(message: "a range in brackets ends before it begins", offset: place)
            }
            return "\(escaped(first))-\(escaped(last))"
        }
    }

    private static func item(_ reader: inout POSIXReader) throws(POSIXExpression.Failure) -> Item {
        let place = reader.offset
        if reader.take("[:") {
            if let name = reader.take(upTo: ":]") { return .named(name) }
            throw POSIXExpression.Failure(message: "`[:` without its `:]`", offset: place)
        }
        for (opening, closing) in [("[.", ".]"), ("[=", "=]")] where reader.take(opening) {
            let scalars = reader.take(upTo: closing)?.unicodeScalars
            guard let scalars, scalars.count == 1, let scalar = scalars.first else {
                throw POSIXExpression.Failure(
                    message: "`\(opening)` expects one character and `\(closing)`", offset: place
                )
            }
            return .character(scalar)
        }
        guard let scalar = reader.take() else {
            throw POSIXExpression.Failure(message: "`[` without its `]`", offset: place)
        }
        return .character(scalar)
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        "\\]^-[".unicodeScalars.contains(scalar) ? "\\\(scalar)" : String(scalar)
    }
}

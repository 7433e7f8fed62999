/// What the beginning of a pattern says about the header fields that it can be found in.
///
/// ```
/// anchored  = "^" [ "\s*" ] ( name / "(" name *( "|" name ) ")" ) ":"
/// name      = *( letter / digit / "-" / "\-" / "_" )
/// ```
/// Nothing is said of a pattern that has other alternatives, or an option or a repetition behind that beginning.
enum FieldAnchor {
    /// The names of the fields, in lower case.
    static func names(_ expression: String) -> Set<String>? {
        guard expression.hasPrefix("^") else { return nil }
        var rest = expression.dropFirst()
        if rest.hasPrefix("\\s*") { rest = rest.dropFirst(3) }
        let names: Set<String>
        if rest.first == "(" {
            rest = rest.dropFirst(rest.hasPrefix("(?:") ? 3 : 1)
            guard let found = alternatives(&rest), takeColon(&rest) else { return nil }
            names = found
        } else {
            guard let name = name(&rest), takeColon(&rest) else { return nil }
            names = [name]
        }
        return hasAlternatives(rest) ? nil : names
    }

    /// The text behind `^` when all of it stands for itself.
    static func plainStart(_ expression: String) -> String? {
        let text = expression.dropFirst()
        let isPlain = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-: _".contains($0)) }
        return expression.hasPrefix("^") && isPlain ? String(text) : nil
    }

    /// Names up to the parenthesis that closes them.
    private static func alternatives(_ rest: inout Substring) -> Set<String>? {
        var names: Set<String> = []
        while let name = name(&rest) {
            names.insert(name)
            guard let next = rest.popFirst() else { return nil }
            if next == ")" { return names }
            if next != "|" { return nil }
        }
        return nil
    }

    private static func name(_ rest: inout Substring) -> String? {
        var name = ""
        while let next = rest.first {
            if rest.hasPrefix("\\-") {
                rest = rest.dropFirst(2)
                name.append("-")
                continue
            }
            guard next.isASCII, next.isLetter || next.isNumber || "-_".contains(next) else { break }
            name.append(next)
            rest = rest.dropFirst()
        }
        return name.isEmpty ? nil : name.lowercased()
    }

    /// A colon that has to be there once.
    private static func takeColon(_ rest: inout Substring) -> Bool {
        guard rest.popFirst() == ":" else { return false }
        return !(rest.first.map { "?*{".contains($0) } ?? false)
    }

    /// Whether `|` occurs outside of groups and character classes.
    private static func hasAlternatives(_ expression: Substring) -> Bool {
        var depth = 0
        var classCount = -1
        var isEscaped = false
        for character in expression {
            if classCount >= 0 { classCount += 1 }
            if isEscaped {
                isEscaped = false
                continue
            }
            switch character {
            case "\\": isEscaped = true
            case "]" where classCount > 1: classCount = -1
            case _ where classCount >= 0: break
            case "[": classCount = 0
            case "(": depth += 1
            case ")": depth -= 1
            case "|" where depth <= 0: return true
            default: break
            }
        }
        return false
    }
}

/// Writes patterns so that they can stand in single quotes: characters that do not show become escapes of PCRE2.
enum PrintablePattern {
    /// The same pattern. Where white space means nothing, a tab becomes a space.
    static func of(_ pattern: String, isExtended: Bool = false) -> String {
        var printable = ""
        var isEscaped = false
        for scalar in pattern.unicodeScalars {
            if shows(scalar) {
                printable.unicodeScalars.append(scalar)
                isEscaped = scalar == "\\" && !isEscaped
                continue
            }
            // A backslash before such a character says that it stands for itself, which its escape does anyway.
            if isEscaped { printable.removeLast() }
            isEscaped = false
            printable += isExtended && scalar == "\t" ? " " : "\\x{\(String(scalar.value, radix: 16))}"
        }
        return printable
    }

    private static func shows(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: false
        default: true
        }
    }
}

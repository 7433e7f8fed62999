/// The text of a policy as it is written for an operator: blocks of YAML with comments.
struct PolicyText: Sendable {
    private(set) var text = ""

    mutating func line(_ line: String = "", indent: Int = 0) {
        if !line.isEmpty { text += String(repeating: " ", count: indent) + line }
        text += "\n"
    }

    /// A comment, folded at the width of a page.
    mutating func comment(_ comment: String, indent: Int = 0, isFolded: Bool = true) {
        let printable = Self.printable(comment)
        for part in isFolded ? Self.folded(printable, width: 116 - indent) : [printable] {
            line(part.isEmpty ? "#" : "# \(part)", indent: indent)
        }
    }

    /// `key: value`.
    mutating func pair(_ key: String, _ value: String, indent: Int) {
        line("\(key): \(Self.quoted(value))", indent: indent)
    }

    /// A sequence of values, one on each line.
    mutating func items(_ key: String, _ values: [String], indent: Int) {
        if values.isEmpty { return line("\(key): []", indent: indent) }
        line("\(key):", indent: indent)
        for value in values { line("- \(Self.quoted(value))", indent: indent + 2) }
    }

    /// A scalar in quotes: single ones, in which nothing but the quote itself has a meaning, where that is possible.
    static func quoted(_ text: String) -> String {
        if text.unicodeScalars.allSatisfy({ isPlain($0) && $0 != "\t" }) {
            return "'\(text.replacing("'", with: "''"))'"
        }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case _ where isPlain(scalar) && scalar != "\t": quoted.unicodeScalars.append(scalar)
            default:
                let number = String(scalar.value, radix: 16)
                quoted += "\\U" + String(repeating: "0", count: 8 - number.count) + number
            }
        }
        return quoted + "\""
    }

    private static func printable(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { isPlain($0) ? $0 : "?" }))
    }

    /// What may stand in a document of YAML on one line.
    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x20...0x7E, 0xA0...0x2027, 0x202A...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD, 0x10000...0x10FFFF:
            true
        default: false
        }
    }

    private static func folded(_ text: String, width: Int) -> [String] {
        var lines = [""]
        for word in text.split(separator: " ") {
            if !lines[lines.count - 1].isEmpty, lines[lines.count - 1].count + 1 + word.count > width {
                lines.append("")
            }
            lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : " ") + word
        }
        return lines
    }
}

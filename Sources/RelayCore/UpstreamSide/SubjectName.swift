/// The CN of a certificate's subject, which is all that the PROXY protocol tells of it, as RFC 4514 writes it.
enum SubjectName {
    /// A subject that is a CN alone. What RFC 4514 2.4 gives a meaning is escaped.
    static func subject(_ name: String) -> String {
        var text = "CN="
        for (index, character) in name.enumerated() {
            let isAtEdge = index == 0 || index == name.count - 1
            if "\"+,;<>\\".contains(character) || (isAtEdge && character == " ") || (index == 0 && character == "#") {
                text.append("\\")
            }
            text.append(character)
        }
        return text
    }

    /// The CN of a subject that has one, unescaped.
    static func inside(_ subject: String) -> String? {
        var parts: [String] = [""]
        var characters = subject.makeIterator()
        while let character = characters.next() {
            switch character {
            case "\\":
                // Hexadecimal pairs stand for octets that a name of interest does not have.
                guard let escaped = characters.next(), !escaped.isHexDigit else { return nil }
                parts[parts.count - 1].append(escaped)
            case ",", "+": parts.append("")
            default: parts[parts.count - 1].append(character)
            }
        }
        guard let part = parts.first(where: { $0.prefix(3).uppercased() == "CN=" }), part.count > 3 else { return nil }
        return String(part.dropFirst(3))
    }
}

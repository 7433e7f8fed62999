import Policy

/// Makes a document with duplicate keys readable, so that each of them can be named at its own place.
///
/// Yams refuses a mapping with a duplicate key and names the first of its places alone. So that key is marked in the
/// text with a character of the private use area, which makes it a key of its own, and the text is read again; places
/// and keys are then told as they stand in the text without the marks.
struct DuplicateKeys {
    private struct Place: Hashable {
        var line: Int
        var column: Int
    }

    /// Where marks were inserted, as places in the text without any.
    private var insertions: [Place] = []
    /// The marks of the keys, by the place of the key.
    private var marks: [Place: Unicode.Scalar] = [:]

    var canMark: Bool { insertions.count < DocumentLimits.duplicateKeys }

    /// The text with the key at this place marked; nil when what stands there is no scalar.
    mutating func mark(line: Int, column: Int, in text: String) -> String? {
        guard let index = DocumentText.index(of: line, column, in: text),
            let mark = Unicode.Scalar(0xE000 + UInt32(insertions.count))
        else { return nil }
        let scalars = text.unicodeScalars
        let isQuoted = scalars[index] == "\"" || scalars[index] == "'"
        guard isQuoted || !"[]{}?&*!|>%@`,#:-".unicodeScalars.contains(scalars[index]) else { return nil }

        let place = Place(line: line, column: originalColumn(line, column))
        marks[place] = mark
        insertions.append(isQuoted ? Place(line: line, column: place.column + 1) : place)
        var marked = String.UnicodeScalarView(scalars[..<index])
        if isQuoted { marked.append(scalars[index]) }
        marked.append(mark)
        marked.append(contentsOf: scalars[(isQuoted ? scalars.index(after: index) : index)...])
        return String(marked)
    }

    /// The key as it was written.
    func unmarked(_ key: String, at location: SourceLocation) -> String {
        guard let mark = marks[Place(line: location.line, column: location.column)],
            key.unicodeScalars.first == mark
        else { return key }
        return String(String.UnicodeScalarView(key.unicodeScalars.dropFirst()))
    }

    /// The column that a place had before marks were inserted in its line.
    func originalColumn(_ line: Int, _ column: Int) -> Int {
        var column = column
        for insertion in insertions.filter({ $0.line == line }).sorted(by: { $0.column < $1.column })
        where insertion.column < column {
            column -= 1
        }
        return column
    }
}

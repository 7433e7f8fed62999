import MailMessage
import Patterns

/// Edits of a header section, each of the fields that it names alone; they return whether anything changed.
enum HeaderEdit {
    /// Removes the fields of a name, or those of them in whose unfolded and decoded value a pattern is found.
    ///
    /// When a pattern meets its limits nothing is removed.
    static func remove(
        _ name: String,
        matching pattern: Pattern?,
        from section: inout HeaderSection
    ) throws(EvaluationFailure) -> Bool {
        var doomed: [Int] = []
        var next = section.firstIndex(of: name)
        while let index = next {
            let isDoomed = try pattern?.isFound(in: section.decodedValue(at: index)) ?? true
            if isDoomed { doomed.append(index) }
            next = section.firstIndex(of: name, from: index + 1)
        }
        section.remove(at: doomed)
        return !doomed.isEmpty
    }

    /// Replaces what a pattern finds in the values of the fields of a name; the other fields are left as they are.
    static func rewrite(
        _ name: String,
        _ pattern: Pattern,
        _ replacement: Replacement,
        in section: inout HeaderSection
    ) throws(EvaluationFailure) -> Bool {
        var values: [(index: Int, value: String)] = []
        for index in section.indices(of: name) {
            let old = section.decodedValue(at: index)
            let new = try pattern.replace(in: old) { replacement.text(for: $0) }
            if let new, new != old { values.append((index, new)) }
        }
        for (index, value) in values { section.replaceValue(at: index, with: value) }
        return !values.isEmpty
    }

    /// Removes the fields, of any name, in which a pattern is found: in `Name: value`, as `headers.field` gives it.
    static func removeFields(
        matching pattern: Pattern,
        from section: inout HeaderSection
    ) throws(EvaluationFailure) -> Bool {
        var doomed: [Int] = []
        for index in 0..<section.count {
            guard let text = section.fieldText(at: index) else { continue }
            if try pattern.isFound(in: text) { doomed.append(index) }
        }
        section.remove(at: doomed)
        return !doomed.isEmpty
    }

    /// Puts what a replacement makes, `Name: value`, in the place of the fields, of any name, in which a pattern is
    /// found. A text that is no field replaces none.
    static func replaceFields(
        _ pattern: Pattern,
        _ replacement: Replacement,
        in section: inout HeaderSection
    ) throws(EvaluationFailure) -> Bool {
        var fields: [(index: Int, name: Substring, value: String)] = []
        for index in 0..<section.count {
            guard let text = section.fieldText(at: index), let match = try pattern.find(in: text) else { continue }
            let field = replacement.text(for: match)
            guard let colon = field.firstIndex(of: ":"), HeaderName.isValid(field[..<colon]) else { continue }
            fields.append((index, field[..<colon], unfolded(field[field.index(after: colon)...])))
        }
        for field in fields { section.replaceField(at: field.index, name: String(field.name), value: field.value) }
        return !fields.isEmpty
    }

    /// A value on one line, without the spaces around it. Groups may hold line feeds of folding, each of which stands
    /// before white space.
    private static func unfolded(_ value: Substring) -> String {
        String(String.UnicodeScalarView(value.unicodeScalars.lazy.filter { $0 != "\n" })).trimmingSpaces()
    }

    /// Puts a mark before the subject unless it is there; a message without a subject gets the mark as its subject.
    static func prefixSubject(with prefix: String, in section: inout HeaderSection) -> Bool {
        let mark = prefix.trimmingSpaces()
        let indices = section.indices(of: "Subject")
        if indices.isEmpty {
            section.set(name: "Subject", value: mark)
            return true
        }
        let unmarked = indices.filter { !isMarked(section.decodedValue(at: $0), with: mark) }
        for index in unmarked { section.prefixValue(at: index, with: mark) }
        return !unmarked.isEmpty
    }

    /// Whether a subject begins with the mark, be it behind the `Re:` or `Fwd:` of some answers.
    private static func isMarked(_ subject: String, with mark: String) -> Bool {
        let wanted = mark.lowercased()
        var rest = subject[...]
        for _ in 0..<longestThread {
            rest = rest.drop { $0 == " " || $0 == "\t" }
            if rest.prefix(mark.count).lowercased() == wanted { return true }
            guard let colon = rest.prefix(5).firstIndex(of: ":"), colon > rest.startIndex else { return false }
            guard rest[..<colon].allSatisfy(\.isLetter) else { return false }
            rest = rest[rest.index(after: colon)...]
        }
        return false
    }

    /// The words like `Re:` that are looked past; a subject of nothing but such words is no thread.
    private static let longestThread = 10
}

extension String {
    /// The text without spaces at its ends.
    func trimmingSpaces() -> String {
        let start = drop { $0 == " " }
        guard let end = start.lastIndex(where: { $0 != " " }) else { return "" }
        return String(start[...end])
    }
}

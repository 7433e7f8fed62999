import Patterns

/// Compiles the patterns of a policy.
enum PatternReader {
    /// Characters that no pattern holds unless YAML made them of an escape that means something else in a pattern.
    private static let changedByQuotes: [Unicode.Scalar: String] = [
        "\u{08}": #"\b"#, "\u{0B}": #"\v"#, "\u{85}": #"\N"#, "\u{2028}": #"\L"#, "\u{2029}": #"\P"#,
    ]

    /// The pattern, or nil with a diagnostic at its place that tells the offset within it.
    static func read(_ text: Located<String>, _ compilation: Compilation) -> Pattern? {
        if text.value.isEmpty {
            compilation.error(at: text.location, "an empty pattern is found in every text")
            return nil
        }
        if let scalar = text.value.unicodeScalars.first(where: { changedByQuotes[$0] != nil }) {
            compilation.error(
                at: text.location,
                "in double quotes YAML makes a character of its own of `\(changedByQuotes[scalar] ?? "")`; "
                    + "put the pattern in single quotes"
            )
            return nil
        }
        do {
            let pattern = try Pattern(text.value)
            compilation.note(pattern, at: text.location)
            return pattern
        } catch {
            compilation.error(
                at: text.location,
                "pattern `\(text.value)` does not compile: \(error.message) (at offset \(error.offset))"
            )
            return nil
        }
    }
}

/// The groups that a pattern offers to the texts of its rule.
struct GroupPattern {
    var captureCount: Int
    var names: [String]

    init(_ pattern: Pattern) {
        captureCount = pattern.captureCount
        names = pattern.captureNames.keys.sorted()
    }
}

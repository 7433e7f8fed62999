import Patterns

/// Compiles the patterns of a policy.
enum PatternReader {
    /// The pattern, or nil with a diagnostic at its place that tells the offset within it.
    static func read(_ text: Located<String>, _ compilation: Compilation) -> Pattern? {
        if text.value.isEmpty {
            compilation.error(at: text.location, "an empty pattern is found in every text")
            return nil
        }
        do {
            return try Pattern(text.value)
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

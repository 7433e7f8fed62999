import Patterns
import Policy

/// A pattern of a Postfix table, as a pattern of PCRE2 that holds its options itself.
struct PostfixPattern: Sendable {
    /// The pattern for a policy.
    let source: String
    /// Whether an entry is meant for what the pattern is not found in.
    var isNegated: Bool
    let captureCount: Int
    let location: SourceLocation
    /// The names, in lower case, of the header fields that can match, when the pattern begins with `^Name:` or
    /// `^(Name|Name):`.
    let fieldNames: Set<String>?
    /// The text that everything found begins with, when the pattern is `^text` and nothing more.
    let plainStart: String?
    /// Whether groups are referred to by number or name within the pattern, which forbids to put another one before it.
    let hasReferences: Bool
    private let expression: String
    private let options: PostfixPatternOptions
    /// Whether POSIX may find other groups than PCRE2: there the longest match counts, here the first.
    var mayFindOtherGroups = false
    /// What the operator should know of it.
    var remarks: [Diagnostic] = []

    /// The same pattern with the opposite meaning.
    var negated: PostfixPattern {
        var other = self
        other.isNegated.toggle()
        return other
    }

    /// Whether both can be found in one field.
    func canMeet(_ other: PostfixPattern) -> Bool {
        guard let fieldNames, let names = other.fieldNames else { return true }
        return !fieldNames.isDisjoint(with: names)
    }

    /// Whether what this is found in is known to hold the other pattern, too, because it begins with the same text.
    func implies(_ other: PostfixPattern) -> Bool {
        guard let start = other.plainStart, !isNegated, !other.isNegated, options == other.options else { return false }
        let rest = expression.dropFirst(start.count + 1)
        return fieldNames != nil && expression.hasPrefix("^\(start)")
            && !(rest.first.map { "?*+{".contains($0) } ?? false)
    }

    /// The pattern as a part of a larger one.
    var grouped: String { "(?:\(source)\(options.endsComment(of: source)))" }

    /// Compiles the pattern; a pattern that PCRE2 refuses is an error at its place.
    init(
        _ expression: String,
        options: PostfixPatternOptions,
        isNegated: Bool,
        at location: SourceLocation
    ) throws(Diagnostic) {
        let source = options.apply(to: PrintablePattern.of(expression, isExtended: options.isExtended))
        do {
            captureCount = try Pattern(source).captureCount
        } catch {
            let offset = max(0, error.offset - options.prefixOctets)
            throw .error(
                at: location, "pattern `\(expression)` does not compile: \(error.message) (at offset \(offset))"
            )
        }
        self.source = source
        self.isNegated = isNegated
        self.location = location
        self.expression = expression
        self.options = options
        hasReferences = Self.hasReferences(expression)
        let isSimple = !options.isMultiline && !options.isExtended && options.isCaseless
        fieldNames = isSimple ? FieldAnchor.names(expression) : nil
        plainStart = isSimple ? FieldAnchor.plainStart(expression) : nil
    }

    /// A pattern that is found everywhere, to stand for one that could not be read.
    init(anythingAt location: SourceLocation) {
        source = "^"
        isNegated = false
        captureCount = 0
        self.location = location
        expression = ""
        options = PostfixPatternOptions()
        hasReferences = false
        fieldNames = nil
        plainStart = nil
    }

    private static func hasReferences(_ expression: String) -> Bool {
        let marks = ["(?P=", "(?P>", "(?R", "(?&", "(?+", "(?-", "(?(", "(?|", "(*", "\\g", "\\k"]
        let digits = (1...9).flatMap { ["\\\($0)", "(?\($0)"] } + ["(?0"]
        return (marks + digits).contains { expression.contains($0) }
    }
}

/// The options behind the closing delimiter of a pattern.
struct PostfixPatternOptions: Hashable, Sendable {
    var isCaseless = true
    var isMultiline = false
    var dotMatchesNewline = true
    var isExtended = false
    var isAnchored = false
    var isUngreedy = false

    private var prefix: String {
        let letters = [
            (isCaseless, "i"), (isMultiline, "m"), (dotMatchesNewline, "s"), (isExtended, "x"), (isUngreedy, "U"),
        ].filter(\.0).map(\.1).joined()
        return (letters.isEmpty ? "" : "(?\(letters))") + (isAnchored ? "\\A(?:" : "")
    }

    var prefixOctets: Int { prefix.utf8.count }

    /// What has to stand between a pattern and a parenthesis that a comment at its end would swallow.
    func endsComment(of pattern: String) -> String { isExtended && pattern.contains("#") ? "\n" : "" }

    /// A pattern with the options in front.
    func apply(to expression: String) -> String {
        prefix + expression + (isAnchored ? endsComment(of: expression) + ")" : "")
    }
}

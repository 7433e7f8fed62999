import Policy

/// A value of a document together with the place where it was written.
public struct DocumentNode: Hashable, Sendable {
    public enum Content: Hashable, Sendable {
        case scalar(DocumentScalar)
        case sequence([DocumentNode])
        case mapping(DocumentMapping)
    }

    public var content: Content
    public var location: SourceLocation
    /// Whether a sequence is written in brackets, and not line by line.
    public var isInBrackets = false

    public init(_ content: Content, at location: SourceLocation) {
        self.content = content
        self.location = location
    }

    public var scalar: DocumentScalar? { if case .scalar(let scalar) = content { scalar } else { nil } }
    public var sequence: [DocumentNode]? { if case .sequence(let nodes) = content { nodes } else { nil } }
    public var mapping: DocumentMapping? { if case .mapping(let mapping) = content { mapping } else { nil } }

    /// Whether nothing was written here: `key:` with no value, `~` or `null`.
    public var isMissing: Bool { scalar?.isMissing ?? false }

    /// What was written here, for a message: the scalar's text in backticks, or the kind of the value.
    public var summary: String {
        switch content {
        case .scalar(let scalar): scalar.isMissing ? "nothing" : "`\(scalar.abbreviated)`"
        case .sequence: "a sequence"
        case .mapping: "a mapping"
        }
    }
}

/// A scalar as it was written: its text, and whether it was quoted.
///
/// YAML's own typing of plain scalars is not used: who reads a scalar says what it expects.
public struct DocumentScalar: Hashable, Sendable {
    public enum Style: Hashable, Sendable {
        case plain
        /// In single or double quotes.
        case quoted
        /// A block scalar, `|` or `>`.
        case block
    }

    /// What follows a plain scalar on its line.
    public enum Comment: Hashable, Sendable {
        case none
        /// `# a comment`.
        case spaced
        /// `#5`, which may well have been meant as a part of the text.
        case tight
    }

    public var text: String
    public var style: Style
    public var comment = Comment.none

    public init(_ text: String, style: Style = .plain) {
        self.text = text
        self.style = style
    }

    public var isMissing: Bool { style == .plain && ["", "~", "null", "Null", "NULL"].contains(text) }

    /// Whether YAML 1.1 takes this plain scalar for a truth value, which the operator may not have meant.
    public var looksLikeTruthValue: Bool {
        style == .plain && ["true", "false", "yes", "no", "on", "off"].contains(text.lowercased())
    }

    /// The text cut to a length that fits into a message, on one line.
    public var abbreviated: String {
        let line = text.prefix { !$0.isNewline }
        return line.count > 60 ? "\(line.prefix(57))..." : line.count < text.count ? "\(line)..." : text
    }
}

/// The entries of a mapping in the order in which they were written; no key occurs twice.
public struct DocumentMapping: Hashable, Sendable {
    public struct Entry: Hashable, Sendable {
        public var key: Located<String>
        public var value: DocumentNode
    }

    public var entries: [Entry]

    public init(_ entries: [Entry] = []) {
        self.entries = entries
    }

    public subscript(key: String) -> DocumentNode? { entry(key)?.value }

    public func entry(_ key: String) -> Entry? { entries.first { $0.key.value == key } }
}

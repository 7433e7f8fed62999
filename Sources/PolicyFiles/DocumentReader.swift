import Policy

/// Reads values out of a document and collects what is wrong with it, so that everything is said at once.
///
/// Every method that expects something returns nil after it has reported that it was not there; a caller goes on with
/// the next key, and looks at `diagnostics` when all is read.
public struct DocumentReader: Sendable {
    public private(set) var diagnostics: [Diagnostic] = []

    public init() {}

    public mutating func report(_ diagnostic: Diagnostic) {
        if !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
    }

    public mutating func report(_ diagnostics: some Sequence<Diagnostic>) {
        for diagnostic in diagnostics { report(diagnostic) }
    }

    public mutating func error(at location: SourceLocation, _ message: String) {
        report(.error(at: location, message))
    }

    public mutating func warning(at location: SourceLocation, _ message: String) {
        report(.warning(at: location, message))
    }

    // MARK: Structure

    /// A mapping that may hold these keys. `subject` names what the mapping describes: "a listener".
    ///
    /// Other keys are reported and left out of what is returned; of those in `later` it is said that this version
    /// does not have them.
    public mutating func mapping(
        _ node: DocumentNode,
        _ subject: String,
        keys: [String],
        later: [String] = []
    ) -> DocumentMapping? {
        guard var mapping = mapping(node, subject) else { return nil }
        mapping.entries.removeAll { entry in
            guard !keys.contains(entry.key.value) else { return false }
            if later.contains(entry.key.value) {
                error(at: entry.key.location, "`\(entry.key.value)` is not available in this version")
            } else {
                unknownKey(entry.key, among: keys, isBare: entry.value.location == entry.key.location)
            }
            return true
        }
        return mapping
    }

    /// A mapping whose keys the operator chooses.
    public mutating func mapping(_ node: DocumentNode, _ subject: String) -> DocumentMapping? {
        if let mapping = node.mapping { return mapping }
        error(at: node.location, "expected \(subject) as a mapping, found \(node.summary)")
        return nil
    }

    /// A sequence.
    public mutating func sequence(_ node: DocumentNode, _ subject: String) -> [DocumentNode]? {
        if let nodes = node.sequence { return nodes }
        error(at: node.location, "expected \(subject) as a sequence, found \(node.summary)")
        return nil
    }

    /// The elements of a sequence, or the node itself when it is none: where one may be written without brackets.
    public func oneOrMore(_ node: DocumentNode) -> [DocumentNode] { node.sequence ?? [node] }

    /// The value of a key that must be there. `location` is that of the mapping.
    public mutating func required(
        _ key: String,
        of mapping: DocumentMapping,
        _ subject: String,
        at location: SourceLocation
    ) -> DocumentNode? {
        if let node = mapping[key] { return node }
        error(at: location, "\(subject) needs the key `\(key)`")
        return nil
    }

    /// A key that is not known here; a bare one has no colon, and is most often the rest of a text with a comma.
    public mutating func unknownKey(_ key: Located<String>, among known: some Sequence<String>, isBare: Bool = false) {
        let hint = NearestName.hint(key.value, among: known)
        let comma = "; a comma ends a text in braces: put the text in quotes"
        error(at: key.location, "unknown key `\(key.value)`" + (isBare && hint.isEmpty ? comma : hint))
    }
}

import Policy

/// Finds in a rule what YAML read otherwise than it was most likely meant, though it is valid YAML.
enum RuleTextCheck {
    /// The keys behind which patterns stand.
    private static let patternKeys: Set<String> = ["matches", "not-matches", "match", "field"]

    /// Looks through the conditions or actions of a rule; `key` is the one behind which the node stands.
    static func run(_ node: DocumentNode, behind key: String = "", _ reader: inout DocumentReader) {
        switch node.content {
        case .scalar(let scalar):
            check(scalar, at: node.location, isPattern: patternKeys.contains(key), &reader)
        case .sequence(let nodes):
            if patternKeys.contains(key), node.isInBrackets, nodes.count == 1, let pattern = nodes[0].scalar,
                pattern.style == .plain
            {
                reader.error(
                    at: node.location,
                    "the brackets make a sequence of one pattern, `\(pattern.abbreviated)`; a pattern that begins with "
                        + "`[` stands in quotes"
                )
            }
            for node in nodes { run(node, behind: key, &reader) }
        case .mapping(let mapping):
            for entry in mapping.entries { run(entry.value, behind: entry.key.value, &reader) }
        }
    }

    private static func check(
        _ scalar: DocumentScalar,
        at location: SourceLocation,
        isPattern: Bool,
        _ reader: inout DocumentReader
    ) {
        if scalar.looksLikeTruthValue, !["true", "false"].contains(scalar.text) {
            let flag = ["yes", "on", "true"].contains(scalar.text.lowercased())
            reader.error(
                at: location,
                "YAML takes `\(scalar.text)` for true or false; write `\(flag)`, or \"\(scalar.text)\" in quotes for the text"
            )
        }
        if isPattern, scalar.comment != .none {
            reader.error(
                at: location,
                "what stands behind ` #` is a comment, so that the pattern ends with "
                    + "`\(scalar.text.suffix(20))`; put the pattern in quotes"
            )
        } else if scalar.comment == .tight {
            reader.error(
                at: location,
                "what stands behind ` #` is a comment and no part of the text; put the text in quotes, or a space "
                    + "behind `#`"
            )
        }
    }
}

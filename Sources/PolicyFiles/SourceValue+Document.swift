import Policy

extension SourceValue {
    /// The part of a document that the compiler of policies interprets.
    init(_ node: DocumentNode) {
        switch node.content {
        case .scalar(let scalar) where scalar.isMissing: self = .nothing(at: node.location)
        case .scalar(let scalar): self = .scalar(Located(scalar.text, at: node.location))
        case .sequence(let nodes): self = .sequence(nodes.map { SourceValue($0) }, at: node.location)
        case .mapping(let mapping):
            var pairs: [SourcePair] = []
            for entry in mapping.entries {
                var pair = SourcePair(key: entry.key, value: SourceValue(entry.value))
                if let last = pairs.last { pair.isBehindText = pair.isBehindText(of: last) }
                pairs.append(pair)
            }
            self = .mapping(pairs, at: node.location)
        }
    }
}

extension SourcePair {
    /// Whether the pair before ends in a text of several words, or in what may be the rest of one, on the same line.
    fileprivate func isBehindText(of previous: SourcePair) -> Bool {
        guard previous.value.location.line == key.location.line else { return false }
        if case .scalar(let text) = previous.value { return text.value.contains(" ") }
        return previous.isBare
    }
}

import Policy

extension SourceValue {
    /// The part of a document that the compiler of policies interprets.
    init(_ node: DocumentNode) {
        switch node.content {
        case .scalar(let scalar) where scalar.isMissing: self = .nothing(at: node.location)
        case .scalar(let scalar): self = .scalar(Located(scalar.text, at: node.location))
        case .sequence(let nodes): self = .sequence(nodes.map { SourceValue($0) }, at: node.location)
        case .mapping(let mapping):
            let pairs = mapping.entries.map { SourcePair(key: $0.key, value: SourceValue($0.value)) }
            self = .mapping(pairs, at: node.location)
        }
    }
}

/// What a file of the operator's is, by the keys at its top.
public enum DocumentKind: Sendable {
    case configuration
    case policy

    /// A file with any key of a configuration, and none that names a policy, is a configuration.
    public init(of root: DocumentNode?) {
        let keys = root?.mapping?.entries.map(\.key.value) ?? []
        let isPolicy = keys.contains("policy") || keys.contains("rules")
        let isConfiguration = keys.contains("listeners") || keys.contains("upstreams") || keys.contains("hostname")
        self = isConfiguration && !isPolicy ? .configuration : .policy
    }
}

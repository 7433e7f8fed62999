import PolicyFiles

/// What a file of the operator's is, by the keys at its top.
enum DocumentKind {
    case configuration
    case policy

    /// A file with any key of a configuration, and none that names a policy, is a configuration.
    init(of root: DocumentNode?) {
        let keys = root?.mapping?.entries.map(\.key.value) ?? []
        let isPolicy = keys.contains("policy") || keys.contains("rules")
        let isConfiguration = keys.contains("listeners") || keys.contains("upstreams") || keys.contains("hostname")
        self = isConfiguration && !isPolicy ? .configuration : .policy
    }
}

/// The files that a command was given, sorted by what they are.
struct OperatorFiles {
    var configurations: [LoadedConfiguration] = []
    var configurationPaths: [String] = []
    /// The policies named on the command line; those of configurations are with them.
    var policies: LoadedPolicies

    init(_ paths: [String]) {
        var policyPaths: [String] = []
        for path in paths {
            switch DocumentKind(of: Document(contentsOf: path).root) {
            case .configuration:
                configurationPaths.append(path)
                configurations.append(ConfigurationSource.file(path).load())
            case .policy:
                policyPaths.append(path)
            }
        }
        policies = PolicyFile.load(policyPaths)
    }
}

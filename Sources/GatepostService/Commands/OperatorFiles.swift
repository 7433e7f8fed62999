import PolicyFiles

/// The files that a command was given, sorted by what they are.
struct OperatorFiles {
    var configurations: [LoadedConfiguration] = []
    var configurationPaths: [String] = []
    /// The policies named on the command line; those of configurations are with them.
    var policies: LoadedPolicies

    init(_ paths: [String], tryingPatterns: Bool = false) {
        var policyPaths: [String] = []
        for path in paths {
            switch DocumentKind(of: Document(contentsOf: path).root) {
            case .configuration:
                configurationPaths.append(path)
                configurations.append(ConfigurationSource.file(path).load(tryingPatterns: tryingPatterns))
            case .policy:
                policyPaths.append(path)
            }
        }
        policies = PolicyFile.load(policyPaths, tryingPatterns: tryingPatterns)
    }
}

import Policy
import PolicyFiles

/// Where a configuration comes from, so that it can be read again.
public enum ConfigurationSource: Sendable {
    case file(String)
    /// What a command line says; its policies are files all the same.
    case arguments(Configuration)

    /// Reads the configuration and the policies that it names.
    public func load() -> LoadedConfiguration {
        switch self {
        case .file(let path):
            let (configuration, diagnostics) = Configuration.read(contentsOf: path)
            return LoadedConfiguration(configuration, diagnostics)
        case .arguments(let configuration):
            return LoadedConfiguration(configuration, [])
        }
    }
}

/// A configuration with its policies, and everything that is wrong with either.
public struct LoadedConfiguration: Sendable {
    /// Ready to run, policies included; nil when anything is wrong.
    public let configuration: Configuration?
    public let policies: LoadedPolicies
    public let diagnostics: [Diagnostic]

    /// Reads the policies of a configuration.
    init(_ configuration: Configuration?, _ diagnostics: [Diagnostic]) {
        let paths = configuration?.policies ?? []
        policies = PolicyFile.load(paths.map(\.path), namedAt: paths.compactMap(\.place))
        self.diagnostics = diagnostics + policies.diagnostics
        var complete = configuration
        if let set = policies.set { complete?.relay.policies = set }
        self.configuration = self.diagnostics.containsErrors ? nil : complete
    }
}

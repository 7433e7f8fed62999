import Policy
import PolicyFiles

/// Where a configuration comes from, so that it can be read again.
public enum ConfigurationSource: Sendable {
    case file(String)
    /// What a command line says; its policies are files all the same.
    case arguments(Configuration)

    /// Reads the configuration alone, without the policies that it names; it is nil when anything is wrong.
    public func loadWithoutPolicies() -> (configuration: Configuration?, diagnostics: [Diagnostic]) {
        switch self {
        case .file(let path): Configuration.read(contentsOf: path)
        case .arguments(let configuration): (configuration, [])
        }
    }

    /// Reads the configuration and the policies that it names.
    public func load(tryingPatterns: Bool = false) -> LoadedConfiguration {
        switch self {
        case .file(let path):
            let (configuration, diagnostics) = Configuration.read(contentsOf: path)
            return LoadedConfiguration(configuration, diagnostics, tryingPatterns: tryingPatterns)
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
    init(_ configuration: Configuration?, _ diagnostics: [Diagnostic], tryingPatterns: Bool = false) {
        let paths = configuration?.policies ?? []
        policies = PolicyFile.load(
            paths.map(\.path), namedAt: paths.compactMap(\.place), tryingPatterns: tryingPatterns)
        let names = configuration?.relay.listeners.map(\.name) ?? []
        self.diagnostics = diagnostics + policies.diagnostics + Self.unknownListeners(in: policies, among: names)
        var complete = configuration
        if let set = policies.set { complete?.relay.policies = set }
        self.configuration = self.diagnostics.containsErrors ? nil : complete
    }

    /// A listener that a rule names and the configuration has not: the rule is about nobody.
    private static func unknownListeners(in policies: LoadedPolicies, among names: [String]) -> [Diagnostic] {
        let written = policies.set?.summary.listeners ?? []
        return written.filter { !names.contains($0.value) }.map { name in
            let hint = NearestName.hint(name.value, among: names)
            return .warning(at: name.location, "the configuration has no listener `\(name.value)`" + hint)
        }
    }
}

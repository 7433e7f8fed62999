import Policy
import PolicyFiles

extension Configuration {
    /// Reads a configuration file; the configuration is nil when a diagnostic is an error.
    public static func read(contentsOf path: String) -> (configuration: Configuration?, diagnostics: [Diagnostic]) {
        read(Document(contentsOf: path))
    }

    /// Reads a configuration as if it came from a file called `path`.
    public static func read(
        text: String,
        path: String
    ) -> (configuration: Configuration?, diagnostics: [Diagnostic]) {
        read(Document(text: text, path: path))
    }

    /// The user that a configuration names, whatever else is wrong with it.
    static func user(namedIn path: String) -> ServiceUser? {
        let root = Document(contentsOf: path).root
        guard DocumentKind(of: root) == .configuration, let node = root?.mapping?["user"] else { return nil }
        var reader = ConfigurationReader(path: path)
        return reader.user(node)
    }

    private static func read(_ document: Document) -> (configuration: Configuration?, diagnostics: [Diagnostic]) {
        var reader = ConfigurationReader(path: document.path)
        reader.reader.report(document.diagnostics)
        guard let root = document.root else { return (nil, reader.reader.diagnostics) }
        if DocumentKind(of: root) == .policy, root.mapping?["policy"] != nil {
            reader.reader.error(at: root.location, "this is a policy; expected a configuration")
            return (nil, reader.reader.diagnostics)
        }
        let configuration = reader.configuration(root)
        let diagnostics = reader.reader.diagnostics.sorted { $0.location < $1.location }
        return (diagnostics.containsErrors ? nil : configuration, diagnostics)
    }
}

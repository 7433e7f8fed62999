import Policy

/// A YAML document that an operator wrote, and everything that is wrong with its YAML.
///
/// A subset of YAML is read: one document, no anchors, aliases, merge keys or tags, scalars as keys, no key twice.
public struct Document: Sendable {
    /// The name under which it was loaded.
    public let path: String
    /// The value of the document; nil when nothing could be made of it.
    public let root: DocumentNode?
    public let diagnostics: [Diagnostic]

    /// Reads a file. `reference` is where another document names it: that is the place of "cannot be read".
    public init(contentsOf path: String, namedAt reference: SourceLocation? = nil) {
        switch OperatorFile.read(path, limit: DocumentLimits.octets) {
        case .success(let octets): self.init(octets: octets, path: path)
        case .failure(let error): self.init(failing: error.diagnostic(of: path, namedAt: reference), path: path)
        }
    }

    /// Reads octets that should be UTF-8.
    public init(octets: [UInt8], path: String) {
        switch DocumentText.decode(octets, path: path) {
        case .success(let text): self.init(text: text, path: path)
        case .failure(let diagnostic): self.init(failing: diagnostic, path: path)
        }
    }

    /// Reads text as if it came from a file called `path`.
    public init(text: String, path: String) {
        var parser = DocumentParser(path: path)
        let root = parser.parse(text)
        self.path = path
        self.root = root
        self.diagnostics = parser.diagnostics
    }

    private init(failing diagnostic: Diagnostic, path: String) {
        self.path = path
        self.root = nil
        self.diagnostics = [diagnostic]
    }
}

import Policy

/// A policy file: the policy that it holds, as it is written, and the tests that the policy carries.
public struct PolicyFile: Sendable {
    /// The path under which it was loaded.
    public let path: String
    public let source: PolicySource
    public let tests: [PolicyTest]

    /// Loads policy files; the order of the paths is the order in which the policies are tried within a stage.
    ///
    /// Everything that is wrong with any of them is reported. `references` are the places where another document
    /// names the files: a file that cannot be read is reported there. `tryingPatterns` is as for `PolicyCompiler`.
    public static func load(
        _ paths: [String],
        namedAt references: [SourceLocation] = [],
        tryingPatterns: Bool = false
    ) -> LoadedPolicies {
        let places =
            references.map(Optional.some) + Array(repeating: nil, count: max(0, paths.count - references.count))
        return load(zip(paths, places).map { Document(contentsOf: $0, namedAt: $1) }, tryingPatterns: tryingPatterns)
    }

    /// Loads a policy from text, as if it came from a file called `path`.
    public static func load(text: String, path: String, tryingPatterns: Bool = false) -> LoadedPolicies {
        load([Document(text: text, path: path)], tryingPatterns: tryingPatterns)
    }

    private static func load(_ documents: [Document], tryingPatterns: Bool) -> LoadedPolicies {
        var loaded = LoadedPolicies()
        for document in documents {
            var reader = PolicyFileReader(path: document.path)
            loaded.diagnostics += document.diagnostics
            if let root = document.root, let file = reader.read(root) { loaded.files.append(file) }
            loaded.diagnostics += reader.diagnostics
        }
        let (set, diagnostics) = PolicyCompiler.compile(
            loaded.files.map(\.source), tryingPatterns: tryingPatterns)
        // What is told of the text at a place says why the compiler cannot make sense of it.
        let places = Set(loaded.diagnostics.filter(\.isError).map(\.location))
        loaded.diagnostics += diagnostics.filter { !places.contains($0.location) }
        let order = Dictionary(documents.enumerated().map { ($1.path, $0) }, uniquingKeysWith: { first, _ in first })
        loaded.diagnostics.sort { left, right in
            let files = (order[left.location.file] ?? .max, order[right.location.file] ?? .max)
            return files.0 == files.1 ? left.location < right.location : files.0 < files.1
        }
        loaded.set = loaded.diagnostics.containsErrors ? nil : set
        return loaded
    }
}

/// What came of loading policy files.
public struct LoadedPolicies: Sendable {
    /// The policies, ready to run; nil when anything is wrong with any of them.
    public var set: PolicySet?
    /// Everything that is wrong, file by file in the order in which they were named, each from top to bottom.
    public var diagnostics: [Diagnostic] = []
    public var files: [PolicyFile] = []

    /// The tests of all files.
    public var tests: [PolicyTest] { files.flatMap(\.tests) }

    init() {}
}

import Policy

/// Reads a policy document: its head, its lists, its rules and its tests.
struct PolicyFileReader {
    static let keys = ["policy", "description", "mode", "lists", "rules", "tests"]
    static let ruleKeys = ["name", "description", "mode", "at", "when", "unless", "then"]

    let path: String
    private var reader = DocumentReader()

    init(path: String) {
        self.path = path
    }

    var diagnostics: [Diagnostic] { reader.diagnostics }

    /// The file, as far as it could be understood; nil when it is no policy at all.
    mutating func read(_ root: DocumentNode) -> PolicyFile? {
        guard DocumentKind(of: root) == .policy else {
            reader.error(at: root.location, "this is a configuration; expected a policy")
            return nil
        }
        guard let mapping = reader.mapping(root, "a policy", keys: Self.keys) else { return nil }
        let name = reader.required("policy", of: mapping, "a policy", at: root.location).flatMap {
            located($0, "the name of the policy")
        }
        var source = PolicySource(name: name ?? Located("?", at: root.location))
        source.description = mapping["description"].flatMap { reader.text($0, "a description") }
        source.mode = mapping["mode"].flatMap { modeText($0) }
        source.lists = mapping["lists"].map { lists($0) } ?? []
        source.rules = rules(mapping, at: root.location)
        var tests: [PolicyTest] = []
        if let node = mapping["tests"] {
            var testReader = PolicyTestReader(path: path, policy: source, reader: reader)
            tests = testReader.read(node)
            reader = testReader.reader
        }
        return PolicyFile(path: path, source: source, tests: tests)
    }

    private mutating func lists(_ node: DocumentNode) -> [ListSource] {
        guard let mapping = reader.mapping(node, "lists, each a name with its entries") else { return [] }
        return mapping.entries.map { entry in
            ListSource(name: entry.key, entries: entries(entry.value, of: entry.key.value))
        }
    }

    /// Entries in the policy itself, or in the file that `{ file: … }` names.
    private mutating func entries(_ node: DocumentNode, of list: String) -> ListEntries {
        if let nodes = node.sequence {
            let entries = nodes.compactMap { node in
                reader.text(node, "an entry of the list `\(list)`").map { Located($0, at: node.location) }
            }
            return .written(entries)
        }
        guard node.mapping != nil else {
            reader.error(
                at: node.location,
                "expected the entries of the list `\(list)` as a sequence, or `{ file: … }`, found \(node.summary)"
            )
            return .written([])
        }
        guard let mapping = reader.mapping(node, "a list", keys: ["file"]),
            let file = reader.required("file", of: mapping, "a list", at: node.location),
            let name = reader.name(file, "the name of a file")
        else { return .written([]) }
        let (entries, diagnostics) = PolicyListFile.read(name, relativeTo: path, namedAt: file.location)
        reader.report(diagnostics)
        return entries
    }

    private mutating func rules(_ policy: DocumentMapping, at location: SourceLocation) -> [RuleSource] {
        guard let node = reader.required("rules", of: policy, "a policy", at: location),
            let nodes = reader.sequence(node, "rules")
        else { return [] }
        return nodes.compactMap { rule($0) }
    }

    private mutating func rule(_ node: DocumentNode) -> RuleSource? {
        guard let mapping = reader.mapping(node, "a rule", keys: Self.ruleKeys) else { return nil }
        let name = reader.required("name", of: mapping, "a rule", at: node.location).flatMap {
            located($0, "the name of the rule")
        }
        _ = mapping["description"].flatMap { reader.text($0, "a description") }
        for key in ["when", "unless", "then"] {
            if let node = mapping[key] { RuleTextCheck.run(node, &reader) }
        }
        return RuleSource(
            name: name ?? Located("in line \(node.location.line)", at: node.location),
            stage: mapping["at"].flatMap { located($0, "a stage") },
            mode: mapping["mode"].flatMap { modeText($0) },
            when: mapping["when"].map { SourceValue($0) },
            unless: mapping["unless"].map { SourceValue($0) },
            then: mapping["then"].map { SourceValue($0) }
        )
    }

    /// `off` may stand without quotes here, although YAML 1.1 takes it for a truth value.
    private mutating func modeText(_ node: DocumentNode) -> Located<String>? {
        reader.scalar(node, "a mode (enforce, monitor, off)").map { Located($0.text, at: node.location) }
    }

    private mutating func located(_ node: DocumentNode, _ subject: String) -> Located<String>? {
        reader.name(node, subject).map { Located($0, at: node.location) }
    }
}

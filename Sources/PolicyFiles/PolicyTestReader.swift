import Policy

/// Reads the `tests` of a policy.
struct PolicyTestReader {
    let path: String
    let policy: String
    /// The names that a test may expect.
    private let rules: [String]
    private(set) var reader: DocumentReader

    init(path: String, policy: PolicySource, reader: DocumentReader) {
        self.path = path
        self.policy = policy.name.value
        rules = policy.rules.map(\.name.value)
        self.reader = reader
    }

    mutating func read(_ node: DocumentNode) -> [PolicyTest] {
        guard let nodes = reader.sequence(node, "tests") else { return [] }
        var names: [String: SourceLocation] = [:]
        return nodes.compactMap { node in
            guard let test = test(node) else { return nil }
            if let first = names[test.name] {
                reader.error(
                    at: test.location, "duplicate test name `\(test.name)`; the first one is at line \(first.line)"
                )
            }
            names[test.name] = test.location
            return test
        }
    }

    private mutating func test(_ node: DocumentNode) -> PolicyTest? {
        guard let mapping = reader.mapping(node, "a test", keys: ["name", "given", "expect"]) else { return nil }
        let nameNode = reader.required("name", of: mapping, "a test", at: node.location)
        let name = nameNode.flatMap { reader.name($0, "the name of the test") }
        var given = PolicyGivenReader(path: path, reader: reader)
        let transaction = mapping["given"].flatMap { given.read($0) }
        reader = given.reader
        if mapping["given"] == nil { _ = reader.required("given", of: mapping, "a test", at: node.location) }
        let expectations = reader.required("expect", of: mapping, "a test", at: node.location).map { node in
            var expect = PolicyExpectReader(rules: rules, reader: reader)
            let expectations = expect.read(node)
            reader = expect.reader
            return expectations
        }
        guard let name, let nameNode, let transaction, let expectations else { return nil }
        return PolicyTest(
            name: name,
            location: nameNode.location,
            policy: policy,
            path: path,
            given: transaction,
            expectations: expectations
        )
    }
}

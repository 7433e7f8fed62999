import Policy
import SMTPProtocol

/// Reads the `expect` of a test.
struct PolicyExpectReader {
    static let keys = [
        "verdict", "stage", "rules", "reply", "sender", "recipients", "refused", "discarded", "header",
        "attachments", "body", "tags",
        "hidden",
        "delay", "log",
    ]

    /// The rules of the policy whose test it is.
    private let rules: [String]
    private(set) var reader: DocumentReader

    init(rules: [String], reader: DocumentReader) {
        self.rules = rules
        self.reader = reader
    }

    mutating func read(_ node: DocumentNode) -> [PolicyExpectation] {
        guard let mapping = reader.mapping(node, "what is expected", keys: Self.keys) else { return [] }
        if mapping.entries.isEmpty {
            reader.error(
                at: node.location, "the test expects nothing; expected one of " + Self.keys.joined(separator: ", "))
        }
        return mapping.entries.flatMap { expectations($0) }
    }

    private mutating func expectations(_ entry: DocumentMapping.Entry) -> [PolicyExpectation] {
        let node = entry.value
        if entry.key.value == "header" { return header(node) }
        if entry.key.value == "log" {
            return texts(node, "a text of the log").map { .init(subject: .log($0), location: node.location) }
        }
        return subject(entry.key.value, node).map { [PolicyExpectation(subject: $0, location: node.location)] } ?? []
    }

    private mutating func subject(_ key: String, _ node: DocumentNode) -> PolicyExpectation.Subject? {
        switch key {
        case "verdict":
            return reader.choice(
                node, "a verdict",
                among: [
                    "accept": .accept, "reject": .reject, "defer": .defer, "disconnect": .disconnect, "reply": .reply,
                    "discard": .discard,
                ]
            ).map(PolicyExpectation.Subject.verdict)
        case "stage":
            guard let name = reader.name(node, "a stage") else { return nil }
            if let stage = Stage(name: name) { return .stage(stage) }
            let names = Stage.allCases.map(\.name)
            reader.error(
                at: node.location,
                "unknown stage `\(name)`; expected one of \(names.joined(separator: ", "))"
                    + NearestName.hint(name, among: names)
            )
            return nil
        case "rules": return .rules(ruleNames(node))
        case "reply": return reader.name(node, "a reply or its code").map(PolicyExpectation.Subject.reply)
        case "attachments": return .attachments(texts(node, "the name of an attachment"))
        case "body": return reader.scalar(node, "a text of the message").map { .body($0.text) }
        case "tags": return .tags(texts(node, "a tag"))
        case "hidden": return .hidden(texts(node, "an EHLO keyword").map { $0.uppercased() })
        case "sender": return reader.text(node, "a sender").map { .sender($0.isEmpty ? "<>" : $0) }
        case "recipients": return .recipients(texts(node, "a recipient"))
        case "discarded": return .discardedRecipients(texts(node, "a recipient"))
        case "delay": return reader.duration(node, "a time to wait").map(PolicyExpectation.Subject.delay)
        case "refused": return .refusedRecipients(texts(node, "a recipient"))
        default: return nil
        }
    }

    /// Field names with a value, several values from top to bottom, or nothing for a field that is absent.
    private mutating func header(_ node: DocumentNode) -> [PolicyExpectation] {
        guard let mapping = reader.mapping(node, "header fields with their values") else { return [] }
        return mapping.entries.map { entry in
            let values = entry.value.isMissing ? [] : texts(entry.value, "the value of a header field")
            return PolicyExpectation(
                subject: .header(name: entry.key.value, values: values), location: entry.key.location
            )
        }
    }

    /// Names of rules of this policy: a test runs against it alone.
    private mutating func ruleNames(_ node: DocumentNode) -> [String] {
        reader.oneOrMore(node).compactMap { node in
            guard let name = reader.text(node, "the name of a rule") else { return nil }
            if !rules.contains(name) {
                reader.error(
                    at: node.location, "no rule `\(name)` in this policy" + NearestName.hint(name, among: rules)
                )
            }
            return name
        }
    }

    private mutating func texts(_ node: DocumentNode, _ subject: String) -> [String] {
        reader.oneOrMore(node).compactMap { reader.text($0, subject) }
    }
}

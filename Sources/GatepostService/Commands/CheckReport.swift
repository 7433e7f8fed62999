import Policy
import PolicyFiles
import RelayTransport

/// What `check` finds in configurations and policies: every problem, or a summary of what they hold.
public struct CheckReport: CommandReport {
    public let diagnostics: [Diagnostic]
    private let configurations: [ConfigurationSummary]
    private let policies: [PolicyOverview]

    public init(checking paths: [String]) {
        let files = OperatorFiles(paths, tryingPatterns: true)
        diagnostics = files.configurations.flatMap(\.diagnostics) + files.policies.diagnostics
        configurations = zip(files.configurationPaths, files.configurations).compactMap { path, loaded in
            loaded.configuration.map { ConfigurationSummary(path, $0, loaded.policies) }
        }
        policies = PolicyOverview.all(in: files.policies)
    }

    public var exitCode: ExitStatus { diagnostics.containsErrors ? .configuration : .success }

    /// The summary of what is fit to run.
    public var text: String {
        (configurations.flatMap(\.lines) + policies.flatMap(\.lines)).map { "\($0)\n" }.joined()
    }

    private enum Key: CodingKey {
        case format, diagnostics, configurations, policies
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(JSONText.format, forKey: .format)
        try container.encode(diagnostics.map(EncodedDiagnostic.init), forKey: .diagnostics)
        try container.encode(configurations, forKey: .configurations)
        try container.encode(policies, forKey: .policies)
    }
}

/// What a configuration holds.
private struct ConfigurationSummary: Encodable {
    struct Listener: Encodable {
        let name: String
        let address: String
        let server: String
    }

    let file: String
    let hostname: String
    let listeners: [Listener]
    let policies: [PolicyOverview]

    init(_ file: String, _ configuration: Configuration, _ loaded: LoadedPolicies) {
        self.file = file
        hostname = configuration.relay.hostname
        listeners = configuration.relay.listeners.map {
            Listener(name: $0.name, address: "\($0.endpoint)", server: "\($0.upstream)")
        }
        policies = PolicyOverview.all(in: loaded)
    }

    var lines: [String] {
        var table = TextTable()
        table.add("hostname", hostname)
        for listener in listeners {
            table.add("listener", listener.name, "\(listener.address) -> \(listener.server)")
        }
        return ["\(file): a configuration"] + table.lines() + policies.flatMap(\.lines)
    }
}

/// What a policy holds.
private struct PolicyOverview: Encodable {
    struct Rule: Encodable {
        let name: String
        let stage: String
        let mode: String
        let actions: [String]
        /// Whether whole messages are held until their end because of the rule.
        let holdsMessage: Bool
    }

    struct List: Encodable {
        let name: String
        let entries: Int
    }

    let file: String
    let policy: String
    let description: String?
    let rules: [Rule]
    let lists: [List]
    let tests: Int

    /// The policies of a load that went well; none otherwise.
    static func all(in loaded: LoadedPolicies) -> [PolicyOverview] {
        guard let set = loaded.set else { return [] }
        return zip(loaded.files, set.summary.policies).map { PolicyOverview($0, $1) }
    }

    private init(_ source: PolicyFile, _ summary: PolicySummary.Policy) {
        file = source.path
        policy = summary.name
        description = summary.description
        rules = summary.rules.map {
            Rule(
                name: $0.name, stage: $0.stage.name, mode: $0.mode.rawValue, actions: $0.actions,
                holdsMessage: $0.holdsMessage
            )
        }
        lists = summary.lists.map { List(name: $0.name, entries: $0.count) }
        tests = source.tests.count
    }

    var lines: [String] {
        var table = TextTable()
        for rule in rules {
            let remarks = [
                rule.mode == RuleMode.enforce.rawValue ? nil : "(\(rule.mode))",
                rule.holdsMessage ? "(holds the message)" : nil,
            ]
            let remark = remarks.compactMap { $0 }.joined(separator: " ")
            table.add(rule.stage, rule.name, rule.actions.joined(separator: ", "), remark)
        }
        for list in lists { table.add("list", list.name, Plural.count(list.entries, "entry", "entries")) }
        let counts = "\(Plural.count(rules.count, "rule")), \(Plural.count(tests, "test"))"
        return ["\(file): policy `\(policy)`, \(counts)"] + table.lines()
    }
}

import Policy

/// A policy made of a table of Postfix.
public struct PostfixImport: Sendable {
    /// The policy's text; empty when the table is malformed.
    public internal(set) var text = ""
    /// Errors for what is malformed; warnings for what is not carried over, or not quite as it was.
    public internal(set) var diagnostics: [Diagnostic] = []

    /// Reads a table, or says that it cannot be read.
    static func lines(of path: String) -> (lines: [PostfixLine], diagnostics: [Diagnostic]) {
        switch OperatorFile.read(path, limit: DocumentLimits.octets) {
        case .success(let octets): PostfixTableText.lines(of: octets, path: path)
        case .failure(let error): ([], [error.diagnostic(of: path, namedAt: nil)])
        }
    }

    /// The name of the policy that a table becomes: that of the file.
    static func name(of path: String) -> String {
        let last = path.split(separator: "/").last.map(String.init) ?? ""
        let name = last.first?.isLetter ?? false ? last : "postfix-\(last)"
        return String(
            name.unicodeScalars.prefix(100).map {
                $0.isASCIILetterOrDigit || "-_.".unicodeScalars.contains($0) ? Character($0) : "-"
            })
    }

    /// Puts the rules behind the head of the policy. What was made here has to load; should it not, that is an error.
    init(
        _ rules: [ImportedRule], lists: [ImportedList] = [], of path: String, remarks: [String],
        diagnostics: [Diagnostic]
    ) {
        self.diagnostics = diagnostics.sorted { $0.location < $1.location }
        guard !diagnostics.containsErrors else { return }
        var policy = PolicyText()
        let name = Self.name(of: path)
        policy.line("policy: \(name)")
        policy.line("description: What the Postfix table \(name) does.")
        policy.line()
        for remark in remarks { policy.comment(remark) }
        if !lists.isEmpty {
            policy.line()
            policy.line("lists:")
            for list in lists { policy.items(list.name, list.entries, indent: 2) }
        }
        policy.line()
        policy.line(rules.contains { !$0.then.isEmpty } ? "rules:" : "rules: []")
        for rule in rules { rule.write(to: &policy) }
        text = policy.text
        requireSoundPolicy(path)
    }

    private mutating func requireSoundPolicy(_ path: String) {
        let errors = PolicyFile.load(text: text, path: "policy").diagnostics.filter(\.isError)
        if errors.isEmpty { return }
        let place = SourceLocation(file: path, line: 1, column: 1)
        diagnostics += errors.map { .error(at: place, "the policy made of the table does not load: \($0)") }
        text = ""
    }
}

/// A list of a policy made of a table.
struct ImportedList: Sendable {
    let name: String
    let entries: [String]
}

/// A rule of a policy made of a table, or comments alone for what is not carried over.
struct ImportedRule: Sendable {
    var name: String
    /// The comments of the table.
    var comments: [String]
    /// The entry as it is written in the table.
    var entry: String
    /// What is to be said of it.
    var remarks: [String] = []
    /// Lines below `when` and `then`, and the value of `at`.
    var when = PolicyText()
    var stage: String?
    var then: [ImportedAction] = []

    func write(to policy: inout PolicyText) {
        policy.line()
        for comment in comments { policy.comment(comment, indent: 2) }
        policy.comment(entry, indent: 2, isFolded: false)
        for remark in remarks { policy.comment(remark, indent: 2) }
        if then.isEmpty { return }
        policy.line("- name: \(name)", indent: 2)
        if let stage { policy.line("at: \(stage)", indent: 4) }
        if !when.text.isEmpty {
            policy.line("when:", indent: 4)
            for line in when.text.split(separator: "\n") { policy.line(String(line), indent: 6) }
        }
        policy.line("then:", indent: 4)
        for action in then { action.write(to: &policy) }
    }
}

/// An action of a policy: a text, or texts with keys.
enum ImportedAction: Sendable {
    case plain(String)
    case text(String, String)
    case keyed(String, [(key: String, value: String)])

    func write(to policy: inout PolicyText) {
        switch self {
        case .plain(let name): policy.line("- \(name)", indent: 6)
        case .text(let name, let text): policy.pair("- \(name)", text, indent: 6)
        case .keyed(let name, let pairs):
            policy.line("- \(name):", indent: 6)
            for pair in pairs { policy.pair(pair.key, pair.value, indent: 10) }
        }
    }
}

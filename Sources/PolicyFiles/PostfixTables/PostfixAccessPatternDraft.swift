import Patterns
import Policy

/// The rules of a table of patterns that Postfix asks about a client, a name or an address.
///
/// Of each value the first entry that it meets counts, as in a header section that has one field. Postfix has a word
/// for a value that is not there, `<>` for the null sender and `unknown` for a client without a name: which entry that
/// word meets is found out here, and its rule takes the absent value in.
struct PostfixAccessPatternDraft {
    private let entries: [PostfixPatternEntry]
    private let actions: [PostfixAccessAction]
    private let subject: PostfixAccessSubject
    private(set) var rules: [ImportedRule] = []
    private(set) var diagnostics: [Diagnostic] = []

    init(_ entries: [PostfixPatternEntry], for subject: PostfixAccessSubject) {
        self.entries = entries
        self.subject = subject
        actions = entries.map { PostfixAccessAction($0.result, for: subject) }
    }

    mutating func make() {
        for entry in entries { diagnostics += entry.remarks }
        let absent = absentWord.flatMap(firstEntry)
        for index in entries.indices {
            var rule = ImportedRule(
                name: "line-\(entries[index].line.number)", comments: entries[index].line.comments,
                entry: entries[index].line.text
            )
            fill(&rule, index, meetsAbsent: index == absent)
            rules.append(rule)
        }
        if subject == .client { makeAddressRules() }
    }

    /// Postfix asks about the client's address when no entry met its name. Patterns that are the beginning of an
    /// address become networks.
    private mutating func makeAddressRules() {
        let met = entries.indices.filter { actions[$0].effect == .pass }.compactMap { index in
            try? PostfixFieldTest(of: entries[index], behind: []).pattern()
        }
        for (index, entry) in entries.enumerated()
        where actions[index].lack == nil && !actions[index].then.isEmpty {
            guard let network = PostfixAddressPattern.network(entry) else { continue }
            var rule = ImportedRule(
                name: "line-\(entry.line.number)-address", comments: [], entry: entry.line.text
            )
            rule.when.line("client.address: '\(network)'")
            if !met.isEmpty {
                rule.when.line("none:")
                rule.when.line("- client.name:", indent: 2)
                rule.when.items("matches", met, indent: 6)
            }
            rule.stage = actions[index].stage
            rule.then = actions[index].then
            rules.append(rule)
        }
        for entry in entries where PostfixAddressPattern.searchesAddresses(entry) {
            diagnostics.append(
                .warning(
                    at: entry.location, "carried over for the client's name alone: addresses are not searched"
                )
            )
        }
    }

    /// What Postfix looks up when there is no value.
    private var absentWord: String? {
        switch subject {
        case .sender: "<>"
        case .client: "unknown"
        case .helo, .recipient: nil
        }
    }

    private var attribute: String {
        subject == .client ? "client.name" : subject.rawValue
    }

    private func firstEntry(of text: String) -> Int? {
        entries.firstIndex { entry in
            guard let test = try? PostfixFieldTest(of: entry, behind: []) else { return false }
            return test.holds(of: text)
        }
    }

    private mutating func fill(_ rule: inout ImportedRule, _ index: Int, meetsAbsent: Bool) {
        let action = actions[index]
        rule.remarks = entries[index].remarks.map(\.message)
        if let lack = action.lack {
            diagnostics.append(.warning(at: entries[index].location, "not carried over: \(lack)"))
            rule.remarks.append("Not carried over: \(lack).")
            return
        }
        for remark in action.remarks {
            diagnostics.append(.warning(at: entries[index].resultLocation, remark))
            rule.remarks.append(remark)
        }
        do throws(Diagnostic) {
            let test = try PostfixFieldTest(of: entries[index], behind: above(index))
            rule.when = try when(test, meetsAbsent: meetsAbsent)
            rule.stage = action.stage
            rule.then = action.then
            if action.then.isEmpty { rule.remarks.append("The rules below leave such a value out.") }
        } catch {
            diagnostics.append(
                .warning(at: entries[index].location, "not carried over: \(error.message)"))
            rule.remarks.append("Not carried over: \(error.message).")
        }
    }

    /// The entries whose values a rule leaves out: those above it that do not end the matter before it is tried.
    private func above(_ index: Int) -> [PostfixPatternEntry] {
        entries.indices.prefix(index).filter { other in
            switch actions[other].effect {
            case .refuse: actions[other].lack != nil
            case .permit: actions[index].stage != nil
            case .pass: true
            }
        }.map { entries[$0] }
    }

    private func when(_ test: PostfixFieldTest, meetsAbsent: Bool) throws(Diagnostic) -> PolicyText {
        var when = PolicyText()
        if meetsAbsent {
            when.line("any:")
            let absent = subject == .sender ? "sender: '<>'" : "client.name: { exists: false }"
            when.line("- \(absent)", indent: 2)
            when.line("- \(attribute):", indent: 2)
        } else {
            when.line("\(attribute):")
        }
        let indent = meetsAbsent ? 6 : 2
        // The null reverse-path is an empty text, which patterns may be found in.
        if subject == .sender, test.holds(of: "") { when.line("exists: true", indent: indent) }
        if let matches = try test.matches() { when.pair("matches", matches, indent: indent) }
        if !test.notFound.isEmpty { when.items("not-matches", test.notFound, indent: indent) }
        return when
    }
}

extension PostfixFieldTest {
    /// Whether a text meets the test.
    func holds(of text: String) -> Bool {
        guard let pattern = try? pattern(), let compiled = try? Pattern(pattern) else { return false }
        return (try? compiled.matches(text)) ?? false
    }
}

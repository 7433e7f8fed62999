import Policy

/// The rules of a table of keys: keys of one rank with one result make one rule, and rules stand in the order in which
/// Postfix looks their keys up.
struct PostfixAccessKeyDraft {
    private struct Group {
        var rank: Int
        var line: PostfixLine
        var result: String
        var action: PostfixAccessAction
        var keys: [PostfixAccessKey]
        var resultLocation: SourceLocation
    }

    private let entries: [PostfixKeyEntry]
    private let subject: PostfixAccessSubject
    private let parentsMatch: Bool
    private(set) var rules: [ImportedRule] = []
    private(set) var lists: [ImportedList] = []
    private(set) var diagnostics: [Diagnostic] = []

    /// More values than these go into a list.
    private static let inlineLimit = 20
    /// With more keys than these nobody asks which of them another key lies within.
    private static let comparedKeys = 1000
    /// More addresses than these are looked up as they are written, and not by patterns without case.
    private static let patternLimit = 200

    init(_ entries: [PostfixKeyEntry], for subject: PostfixAccessSubject, parentsMatch: Bool) {
        self.entries = entries
        self.subject = subject
        self.parentsMatch = parentsMatch
    }

    mutating func make() {
        let groups = groups()
        for (index, group) in groups.enumerated() {
            rules.append(rule(of: group, behind: groups.prefix(index)))
        }
    }

    private mutating func groups() -> [Group] {
        var groups: [String: Group] = [:]
        for entry in entries {
            guard let key = PostfixAccessKey(entry.key, for: subject, parentsMatch: parentsMatch) else {
                diagnostics.append(
                    .warning(at: entry.line.location(), "not carried over: \(unasked(entry.key))"))
                rules.append(unaskedRule(entry))
                continue
            }
            let name = "\(key.rank) \(entry.result)"
            if groups[name] == nil {
                let text = PostfixText([.literal(entry.result)])
                groups[name] = Group(
                    rank: key.rank, line: entry.line, result: entry.result,
                    action: PostfixAccessAction(text, for: subject), keys: [],
                    resultLocation: entry.resultLocation
                )
            }
            groups[name]?.keys.append(key)
        }
        return groups.values.sorted { ($0.rank, $0.line.number) < ($1.rank, $1.line.number) }
    }

    private func unasked(_ key: String) -> String {
        key.hasPrefix(".") && parentsMatch
            ? "Postfix never asks for `\(key)`, because a domain stands for its subdomains there"
            : "`\(key)` is nothing that Postfix asks for here"
    }

    private func unaskedRule(_ entry: PostfixKeyEntry) -> ImportedRule {
        var rule = ImportedRule(name: "", comments: entry.line.comments, entry: entry.line.text)
        rule.remarks = ["Not carried over: \(unasked(entry.key))."]
        return rule
    }

    private mutating func rule(of group: Group, behind earlier: ArraySlice<Group>) -> ImportedRule {
        let others = group.keys.count - 1
        let more = others > 0 ? " (and \(others) more of this result)" : ""
        var rule = ImportedRule(
            name: "line-\(group.line.number)", comments: group.line.comments,
            entry: group.line.text + more)
        for remark in group.action.remarks {
            diagnostics.append(.warning(at: group.resultLocation, remark))
            rule.remarks.append(remark)
        }
        if let lack = group.action.lack {
            diagnostics.append(.warning(at: group.line.location(), "not carried over: \(lack)"))
            rule.remarks.append("Not carried over: \(lack).")
            return rule
        }
        if group.action.then.isEmpty {
            rule.remarks.append("The rules below leave such a key out.")
            return rule
        }
        rule.stage = group.action.stage
        write(conditions(group.keys, rule.name), to: &rule.when)
        let excluded = excluded(by: earlier, from: group)
        if !excluded.isEmpty {
            rule.when.line("none:")
            for line in conditions(excluded, rule.name + "-except") {
                rule.when.line("- \(line)", indent: 2)
            }
        }
        rule.then = group.action.then
        return rule
    }

    /// Several conditions of which one has to hold.
    private func write(_ conditions: [String], to when: inout PolicyText) {
        if conditions.count == 1 { return when.line(conditions[0]) }
        when.line("any:")
        for condition in conditions { when.line("- \(condition)", indent: 2) }
    }

    /// Keys that are asked for earlier, lie within those of a group, and do not end the matter before its rule is tried.
    private func excluded(by earlier: ArraySlice<Group>, from group: Group) -> [PostfixAccessKey] {
        earlier.filter { other in
            switch other.action.effect {
            case .refuse: other.action.lack != nil
            case .permit: group.action.stage != nil
            case .pass: true
            }
        }.flatMap(\.keys).filter { key in
            group.keys.count > Self.comparedKeys || group.keys.contains { key.isBelow($0) }
        }
    }

    /// Conditions, each on one line, of which one holds of what the keys stand for.
    private mutating func conditions(_ keys: [PostfixAccessKey], _ name: String) -> [String] {
        var addresses: [String] = []
        var domains: [String] = []
        var networks: [String] = []
        var users: [String] = []
        var conditions: [String] = []
        for key in keys {
            switch key.kind {
            case .nullSender: conditions.append("sender: '<>'")
            case .address(let address): addresses.append(address)
            case .domain(let domain, let covers): domains.append(covers ? "." + domain : domain)
            case .subdomains(let domain):
                conditions.append(
                    "\(subject.domainAttribute): { in: [\(sequence(["." + domain]))], not-in: [\(sequence([domain]))] }"
                )
            case .network(let network): networks.append("\(network)")
            case .user(let user): users.append(user + "@")
            }
        }
        if !addresses.isEmpty { conditions.append(addressCondition(addresses, name)) }
        if !domains.isEmpty {
            conditions.append("\(subject.domainAttribute): \(membership(domains, name))")
        }
        if !networks.isEmpty { conditions.append("client.address: \(membership(networks, name))") }
        if !users.isEmpty {
            conditions.append("\(subject.rawValue): { starts-with: \(sequence(users)) }")
        }
        return conditions
    }

    /// Postfix looks addresses up in lower case, the local part as well.
    private mutating func addressCondition(_ addresses: [String], _ name: String) -> String {
        guard addresses.count <= Self.patternLimit else {
            return "\(subject.rawValue): \(membership(addresses, name))"
        }
        let patterns = addresses.map { address in
            "(?i)^" + PrintablePattern.of(address.unicodeScalars.map(POSIXEscapes.literal).joined()) + "$"
        }
        return "\(subject.rawValue): { matches: \(sequence(patterns)) }"
    }

    private mutating func membership(_ values: [String], _ name: String) -> String {
        if values.count <= Self.inlineLimit { return sequence(values) }
        lists.append(ImportedList(name: "\(name)-\(lists.count + 1)", entries: values))
        return "{ in: \(name)-\(lists.count) }"
    }

    private func sequence(_ values: [String]) -> String {
        values.count == 1
            ? PolicyText.quoted(values[0])
            : "[" + values.map(PolicyText.quoted).joined(separator: ", ") + "]"
    }
}

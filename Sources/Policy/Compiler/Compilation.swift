import Patterns

/// What the passes of the compiler share: the policies as far as they are understood, and what is wrong with them.
final class Compilation {
    let policies: [PolicyDraft]
    private(set) var diagnostics: [Diagnostic] = []
    /// The header field names that rules read, lower-cased; the index is the slot of a header attribute.
    private(set) var headerNames: [String] = []
    /// The patterns that were read, in order.
    private(set) var patterns: [Located<Pattern>] = []
    private var slots: [String: Int] = [:]

    init(_ sources: [PolicySource]) {
        policies = sources.map(PolicyDraft.init)
    }

    /// All rules in the order in which they are tried.
    var rules: [RuleDraft] { policies.flatMap(\.rules) }

    func error(at location: SourceLocation, _ message: String) {
        diagnostics.append(.error(at: location, message))
    }

    func warning(at location: SourceLocation, _ message: String) {
        diagnostics.append(.warning(at: location, message))
    }

    func note(_ pattern: Pattern, at location: SourceLocation) {
        patterns.append(Located(pattern, at: location))
    }

    /// The slot of a header field name, made when it is the first time that the name is read.
    func slot(of headerName: some StringProtocol) -> Int {
        let name = headerName.lowercased()
        if let slot = slots[name] { return slot }
        slots[name] = headerNames.count
        headerNames.append(name)
        return headerNames.count - 1
    }

    /// The policies as they are run.
    func policySet() -> PolicySet {
        PolicySet(rules: rules.compactMap { $0.compiled() }, headerNames: HeaderNames(headerNames), summary: summary())
    }

    private func summary() -> PolicySummary {
        var summary = PolicySummary()
        summary.policies = policies.map { policy in
            PolicySummary.Policy(
                name: policy.source.name.value,
                description: policy.source.description,
                mode: policy.mode,
                rules: policy.rules.map { rule in
                    PolicySummary.Rule(
                        name: rule.source.name.value,
                        stage: rule.stage,
                        mode: rule.mode,
                        actions: rule.actions.map(\.name.rawValue),
                        holdsMessage: rule.compiled()?.holdsMessage ?? false
                    )
                },
                lists: policy.lists.map {
                    PolicySummary.List(name: $0.source.name.value, count: $0.source.entries.count)
                }
            )
        }
        summary.listeners = rules.filter { $0.mode != .off }.flatMap(\.listenersRead)
        return summary
    }
}

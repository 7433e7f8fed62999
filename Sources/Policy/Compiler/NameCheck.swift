/// Names of policies, rules and lists are present, printable and unique; modes are known.
enum NameCheck {
    static func run(_ compilation: Compilation) {
        requireUnique(compilation.policies.map(\.source.name), "policy", compilation)
        for policy in compilation.policies {
            policy.mode = mode(policy.source.mode, compilation)
            requireUnique(policy.source.rules.map(\.name), "rule", compilation)
            requireUnique(policy.source.lists.map(\.name), "list", compilation)
            for rule in policy.rules {
                rule.mode = mode(rule.source.mode, compilation).restricted(by: policy.mode)
            }
        }
    }

    private static func requireUnique(_ names: [Located<String>], _ subject: String, _ compilation: Compilation) {
        var first: [String: SourceLocation] = [:]
        for name in names {
            if name.value.isEmpty {
                compilation.error(at: name.location, "the \(subject) has no name")
            } else if name.value.count > 100 || !name.value.unicodeScalars.allSatisfy(PeerText.isVisible) {
                compilation.error(
                    at: name.location,
                    "the name of a \(subject) is at most 100 characters long and holds no control characters"
                )
            } else if let location = first[name.value] {
                let place = location.file == name.location.file ? "line \(location.line)" : "\(location)"
                compilation.error(
                    at: name.location,
                    "duplicate \(subject) name `\(name.value)`; the first one is at \(place)"
                )
            } else {
                first[name.value] = name.location
            }
        }
    }

    private static func mode(_ text: Located<String>?, _ compilation: Compilation) -> RuleMode {
        guard let text else { return .enforce }
        if let mode = RuleMode(rawValue: text.value) { return mode }
        let known = RuleMode.allCases.map(\.rawValue)
        compilation.error(
            at: text.location,
            "unknown mode `\(text.value)`; expected `enforce`, `monitor` or `off`"
                + NearestName.hint(text.value, among: known)
        )
        return .enforce
    }
}

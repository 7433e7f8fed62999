/// Reads `when` and `unless` of a rule.
struct ConditionReader {
    let compilation: Compilation
    let policy: PolicyDraft
    let rule: RuleDraft
    /// How deep conditions may stand within conditions.
    static let deepest = 32

    /// The condition of the rule: every key of `when` holds, and not every key of `unless`.
    mutating func read() -> Condition {
        var conditions: [Condition] = []
        if let when = rule.source.when {
            if when.isEmpty {
                compilation.error(
                    at: when.location, "`when` is empty; leave it out for a rule that always holds"
                )
            } else if let when = readRate(in: when) {
                conditions.append(group(when, of: "when", depth: 0, isExclusion: false))
            }
        }
        if let unless = rule.source.unless {
            if unless.isEmpty {
                compilation.error(at: unless.location, "`unless` is empty; leave it out")
            } else {
                conditions.append(.none([group(unless, of: "unless", depth: 0, isExclusion: true)]))
            }
        }
        return conditions.count == 1 ? conditions[0] : .all(conditions)
    }

    /// Reads `rate` out of `when`, and returns what else stands there.
    private func readRate(in when: SourceValue) -> SourceValue? {
        guard case .mapping(let pairs, let location) = when,
            let index = pairs.firstIndex(where: { $0.key.value == "rate" })
        else { return when }
        rule.rate = RateReader(compilation: compilation, rule: rule).read(pairs[index])
        let others = pairs.filter { $0.key.value != "rate" }
        return others.isEmpty ? nil : .mapping(others, at: location)
    }

    /// A mapping whose keys must all hold.
    private func group(_ value: SourceValue, of key: String, depth: Int, isExclusion: Bool) -> Condition {
        guard depth < Self.deepest else {
            compilation.error(at: value.location, "conditions stand more than \(Self.deepest) deep in each other")
            return .all([])
        }
        guard case .mapping(let pairs, let location) = value else {
            compilation.error(
                at: value.location, "`\(key)` expects attributes with values, such as `{ sender.domain: example.com }`"
            )
            return .all([])
        }
        if pairs.isEmpty { compilation.error(at: location, "an empty condition always holds; remove it") }
        let conditions = pairs.compactMap { pair in
            condition(pair, depth: depth, isExclusion: isExclusion)
        }
        return conditions.count == 1 ? conditions[0] : .all(conditions)
    }

    private func condition(_ pair: SourcePair, depth: Int, isExclusion: Bool) -> Condition? {
        switch pair.key.value {
        case "any": return .any(groups(pair, depth: depth, isExclusion: isExclusion))
        case "all": return .all(groups(pair, depth: depth, isExclusion: isExclusion))
        case "none": return .none(groups(pair, depth: depth, isExclusion: true))
        case "rate":
            compilation.error(
                at: pair.key.location,
                "`rate` counts how often everything else of the rule holds: it stands in `when` itself"
            )
            return nil
        case "unless":
            return .none([group(pair.value, of: "unless", depth: depth + 1, isExclusion: true)])
        default:
            guard let traits = attribute(pair) else { return nil }
            rule.reads.append(
                AttributeUse(name: pair.key.value, traits: traits, location: pair.key.location)
            )
            var reader = MatcherReader(
                compilation: compilation,
                policy: policy,
                rule: rule,
                name: pair.key.value,
                traits: traits,
                isExclusion: isExclusion
            )
            return reader.read(pair.value, key: pair.key).map(Condition.test)
        }
    }

    /// The mappings in the sequence behind `any`, `all` or `none`.
    private func groups(_ pair: SourcePair, depth: Int, isExclusion: Bool) -> [Condition] {
        guard case .sequence(let values, _) = pair.value, !values.isEmpty else {
            compilation.error(
                at: pair.value.location,
                "`\(pair.key.value)` expects a sequence of conditions, such as `[{ … }, { … }]`"
            )
            return []
        }
        return values.map { group($0, of: pair.key.value, depth: depth + 1, isExclusion: isExclusion) }
    }

    private func attribute(_ pair: SourcePair) -> AttributeTraits? {
        let name = pair.key
        switch AttributeNames.resolve(name.value, in: compilation) {
        case .success(let traits): return traits
        case .failure(let problem):
            let other = NearestName.hint(
                name.value, among: AttributeNames.all + ["any", "all", "none", "unless", "rate"])
            compilation.error(at: name.location, problem.message(hint: other.isEmpty ? pair.commaHint : other))
            return nil
        }
    }
}

/// Reads `rate` of a rule: what is counted, and how many within which time.
///
///     rate  = "{" "of:" ( attribute / "[" 1*attribute "]" ) "," operator ":" limit "}"
///     limit = 1*DIGIT "/" duration
struct RateReader {
    let compilation: Compilation
    let rule: RuleDraft

    private static let example = "`{ of: client.address, over: 100/1h }`"
    static let keys = ["of"] + NumberComparison.allCases.map(\.rawValue)
    /// Less than this is no rate, and shorter than what the counters can tell apart.
    private static let shortestWindow = Duration.seconds(1)

    /// The test, or nil with a diagnostic.
    func read(_ pair: SourcePair) -> RateTest? {
        guard case .mapping(let pairs, let location) = pair.value else {
            compilation.error(
                at: pair.value.location,
                "`rate` expects what is counted and how many in which time, such as \(Self.example)"
            )
            return nil
        }
        for other in pairs where !Self.keys.contains(other.key.value) {
            compilation.error(
                at: other.key.location,
                "unknown key `\(other.key.value)` of `rate`; expected one of " + Self.keys.joined(separator: ", ")
                    + NearestName.hint(other.key.value, among: Self.keys)
            )
        }
        let parts = pairs.first { $0.key.value == "of" }.map { attributes($0.value) }
        if parts == nil { compilation.error(at: location, "`rate` expects `of`, such as \(Self.example)") }
        let comparisons = pairs.compactMap { pair in NumberComparison(rawValue: pair.key.value).map { ($0, pair) } }
        guard comparisons.count == 1, let (comparison, limitPair) = comparisons.first else {
            compilation.error(
                at: location,
                "`rate` expects one of " + Self.keys.dropFirst().joined(separator: ", ") + ", such as \(Self.example)"
            )
            return nil
        }
        guard let limit = limit(limitPair), let parts = parts ?? nil else { return nil }
        return test(parts, comparison, limit, as: limitPair)
    }

    private func test(
        _ parts: [AttributeUse],
        _ comparison: NumberComparison,
        _ limit: (number: Int, window: Duration),
        as written: SourcePair
    ) -> RateTest {
        let (seconds, attoseconds) = limit.window.components
        let window = UInt64(clamping: seconds) &* 1_000_000_000 &+ UInt64(clamping: attoseconds / 1_000_000_000)
        return RateTest(
            of: RuleReference(policy: rule.policy, rule: rule.source.name.value),
            parts: parts.map { RateTest.Part(attribute: $0.traits.attribute, kind: $0.traits.kind) },
            comparison: comparison,
            limit: limit.number,
            window: window,
            text: "`rate` of " + parts.map { "`\($0.name)`" }.joined(separator: " with ")
                + " \(comparison.rawValue) `\(limit.number)/\(DurationText.print(limit.window))`"
        )
    }

    /// The attributes that are counted; nil with a diagnostic when one of them is not understood.
    private func attributes(_ value: SourceValue) -> [AttributeUse]? {
        let names: [SourceValue] = if case .sequence(let values, _) = value { values } else { [value] }
        if names.isEmpty { compilation.error(at: value.location, "`of` expects an attribute, or several in brackets") }
        let uses = names.compactMap(attribute)
        rule.reads += uses
        if uses.contains(where: { $0.traits.attribute == .tag }) { rule.tagsRead.append(nil) }
        return names.isEmpty || uses.count < names.count ? nil : uses
    }

    private func attribute(_ value: SourceValue) -> AttributeUse? {
        guard case .scalar(let name) = value else {
            compilation.error(at: value.location, "`of` expects an attribute, or several in brackets")
            return nil
        }
        switch AttributeNames.resolve(name.value, in: compilation) {
        case .success(let traits):
            return AttributeUse(name: name.value, traits: traits, location: name.location)
        case .failure(let problem):
            let hint = NearestName.hint(name.value, among: AttributeNames.all)
            compilation.error(at: name.location, problem.message(hint: hint))
            return nil
        }
    }

    private func limit(_ pair: SourcePair) -> (number: Int, window: Duration)? {
        if case .scalar(let text) = pair.value {
            let parts = text.value.split(separator: "/", omittingEmptySubsequences: false)
            if parts.count == 2, let number = Int(parts[0]), number >= 0, let window = DurationText.parse(parts[1]),
                window >= Self.shortestWindow
            {
                return (number, window)
            }
        }
        let found =
            if case .scalar(let text) = pair.value { "`\(text.value)` does not fit" } else { "this does not fit" }
        compilation.error(
            at: pair.value.location,
            "\(found) `\(pair.key.value)` of `rate`; expected a number and a time of a second or more, such as `100/1h`"
        )
        return nil
    }
}

import SMTPProtocol

/// What a rule asks of how often it came this far: `rate: { of: client.address, over: 100/1h }`.
///
/// It is asked when everything else of the rule holds, and counts then, once for each combination of the values.
final class RateTest: Sendable {
    /// An attribute whose values have counters of their own.
    struct Part: Hashable, Sendable {
        var attribute: Attribute
        var kind: AttributeKind
    }

    let parts: [Part]
    let comparison: NumberComparison
    let limit: Int
    /// The time that is looked back upon, in nanoseconds.
    let window: UInt64
    /// The test as it is written, for traces.
    let text: String
    /// The same in every policy set that holds the rule with the same test.
    private let identity: Int

    /// A message with more combinations of values counts for these alone.
    static let longestCount = 1000

    init(
        of rule: RuleReference,
        parts: [Part],
        comparison: NumberComparison,
        limit: Int,
        window: UInt64,
        text: String
    ) {
        self.parts = parts
        self.comparison = comparison
        self.limit = limit
        self.window = window
        self.text = text
        var hasher = Hasher()
        hasher.combine(rule.policy)
        hasher.combine(rule.rule)
        hasher.combine(text)
        identity = hasher.finalize()
    }

    /// Counts, and returns how often that was for each combination of the values; nothing when an attribute has none.
    func count(
        _ reader: inout AttributeReader,
        _ facts: Facts,
        in counters: RateCounters
    ) throws(EvaluationFailure) -> [Int] {
        var combinations = [Hasher()]
        combinations[0].combine(identity)
        for part in parts {
            var extended: [Hasher] = []
            _ = try reader.anyValue(of: part.attribute, facts) { value in
                for var hasher in combinations.prefix(Self.longestCount - extended.count) {
                    part.combine(value, into: &hasher)
                    extended.append(hasher)
                }
                return extended.count >= Self.longestCount
            }
            combinations = extended
        }
        let keys = Set(combinations.map { UInt64(bitPattern: Int64($0.finalize())) })
        return keys.map { counters.add($0, at: facts.now, window: window) }
    }

    /// Whether one of the counts is as asked.
    func holds(_ counts: [Int]) -> Bool {
        counts.contains { comparison.holds($0, limit) }
    }

    /// What was counted, for the trace.
    func finding(_ counts: [Int], as role: EvaluationTrace.Finding.Role) -> EvaluationTrace.Finding {
        let seen = counts.sorted(by: >).prefix(10).map(String.init)
        return EvaluationTrace.Finding(role: role, condition: text, seen: seen)
    }
}

extension RateTest.Part {
    /// Values that compare equal in the policy language have the same counter. An IPv6 client is counted by its network
    /// of 64 bits, which belongs to one customer: else each could have as many counters as it likes.
    fileprivate func combine(_ value: AttributeValue, into hasher: inout Hasher) {
        switch value {
        case .network(let address): hasher.combine(address.isIPv4 ? address.low : address.high)
        case .number(let number): hasher.combine(number)
        case .flag(let flag): hasher.combine(flag)
        case .mailbox(let mailbox):
            hasher.combine(mailbox.localPart.text)
            hasher.combine(mailbox.domain.description.lowercased())
        case .entry(let entry):
            hasher.combine(entry.local)
            hasher.combine(entry.domain.lowercased())
        case .text(let text): hasher.combine(isCaseless ? text.lowercased() : text)
        }
    }

    private var isCaseless: Bool {
        switch kind {
        case .domain, .word, .label, .mailbox: true
        case .text, .network, .number, .size, .weekday, .flag: false
        }
    }
}

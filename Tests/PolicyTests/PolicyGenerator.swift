@testable import Policy

/// Policies that are sound by construction, made from the tables of the language.
struct PolicyGenerator {
    private var random: SplitMix

    init(seed: UInt64) {
        random = SplitMix(seed: seed)
    }

    mutating func policy(rules count: Int = 8) -> String {
        let rules = (0..<count).map { rule($0) }.joined()
        return "policy: generated\nlists: { words: [a, b] }\nrules:\n\(rules)"
    }

    /// A rule at a stage of which all attributes and actions are known there. No two rules ask for the same.
    private mutating func rule(_ number: Int) -> String {
        let stage = pick(Stage.allCases)
        let tests = (0..<Int.random(in: 0...3, using: &random)).map { _ in condition(at: stage) }
        let own = "client.port: { not-in: [\(number)] }"
        let mode = pick(["enforce", "enforce", "enforce", "monitor"])
        let exclusion = Bool.random(using: &random) ? ", unless: { \(condition(at: stage)) }" : ""
        let when = grouped(tests, own)
        let action = action(at: stage)
        return "  - { name: r\(number), mode: \(mode), at: \(stage), when: \(when)\(exclusion), then: { \(action) } }\n"
    }

    private mutating func grouped(_ tests: [String], _ own: String) -> String {
        guard let first = tests.first else { return "{ \(own) }" }
        let group = pick(["any", "all", "none"])
        return "{ \(own), \(group): [" + tests.map { "{ \($0) }" }.joined(separator: ", ") + "], unless: { \(first) } }"
    }

    private mutating func condition(at stage: Stage) -> String {
        let (name, kind) = attribute(at: stage)
        let operation = pick(Operator.allCases.filter { $0.fits(kind) })
        let operand = operand(of: operation, kind)
        return "\(name): { \(operation.rawValue): \(operand) }"
    }

    private mutating func attribute(at stage: Stage) -> (name: String, kind: AttributeKind) {
        if stage == .header || stage == .message, Bool.random(using: &random) {
            let aspect = pick(HeaderAspect.allCases)
            let field = pick(["subject", "from", "to", "x-odd", "received"])
            let kind = AttributeTable.headerTraits(slot: 0, aspect).kind
            return (aspect == .decoded ? "header.\(field)" : "header.\(field).\(aspect.rawValue)", kind)
        }
        let known = AttributeTable.fixed.filter { $0.traits.isKnown(at: stage) && $0.name != "tag" }
        let (name, traits) = pick(known)
        return (name, traits.kind)
    }

    private mutating func operand(of operation: Operator, _ kind: AttributeKind) -> String {
        switch operation {
        case .exists: return pick(["true", "false"])
        case .matches, .notMatches:
            return pick(["'(a)(b)?'", "'^(a+)+$'", "['a', '(?<w>.)']", "'.*.*.*x'", #"'\w+@'"#])
        case .contains, .startsWith, .endsWith: return pick(["a", "'@'", "é", "[a, b]"])
        case .is, .in, .notIn, .over, .under, .atLeast, .atMost: break
        }
        let value =
            switch kind {
            case .text: pick(["a", "urgent", "''"])
            case .word(let words): pick(words)
            case .label: pick(["text/plain", "EXE"])
            case .domain: pick(["example.com", ".example.org", "'[192.0.2.1]'"])
            case .mailbox: pick(["a@example.com", "example.com", "'<>'", "postmaster"])
            case .network: pick(["192.0.2.1", "10.0.0.0/8", "'2001:db8::/32'"])
            case .number(let range): String(pick([range.lowerBound, range.lowerBound + 1]))
            case .size: pick(["0", "4096", "1 MiB"])
            case .weekday: pick(["monday", "7"])
            case .flag: pick(["true", "false"])
            }
        if kind == .flag || ![Operator.is, .in, .notIn].contains(operation) { return value }
        return operation == .is && Bool.random(using: &random) ? value : "[\(value)]"
    }

    private mutating func action(at stage: Stage) -> String {
        let text = "'seen {\(attribute(at: stage).name)} by {rule}'"
        let choices = [
            "reject: \(text)", "defer: \(text)", "disconnect: \(text)", "accept: true", "tag: a", "log: \(text)",
        ]
        let edits = [
            "add-header: { X-A: \(text) }", "set-header: { Subject: \(text) }", "remove-header: X-Odd",
            "remove-header: { name: To, matches: '^(a+)+$' }", "prefix-subject: \(text)",
            "rewrite-header: { name: Subject, match: '(.)(.)?', replace: '$2{helo}$1' }",
        ]
        return switch stage {
        case .command: pick(choices + ["reply: '252 2.5.0 {command}'"])
        case .helo: pick(choices + ["hide: [DSN, SIZE]"])
        case .header: pick(choices + edits + edits + ["downgrade: 7bit"])
        case .message:
            pick(
                choices + edits + edits + [
                    "downgrade: { to: 7bit }", "append-text: \(text)",
                    "strip-attachment: { extension: exe, text: \(text) }",
                ])
        case .connect, .mail, .recipient: pick(choices)
        }
    }

    private mutating func pick<Value>(_ values: [Value]) -> Value {
        values[Int.random(in: values.indices, using: &random)]
    }
}

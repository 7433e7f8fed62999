import Testing

@testable import Policy

/// Which operators fit which attributes: the table of matchers, whole.
struct OperatorTests {
    /// The operators of each kind; beside these, `is` and `exists` fit every kind.
    private static let fitting: [(kind: AttributeKind, operators: Set<Operator>)] = {
        let membership: Set<Operator> = [.in, .notIn]
        let texts: Set<Operator> = [.matches, .notMatches, .contains, .startsWith, .endsWith]
        let numbers: Set<Operator> = [.over, .under, .atLeast, .atMost]
        return [
            (.text, membership.union(texts)), (.domain, membership.union(texts)), (.mailbox, membership.union(texts)),
            (.word(among: ["a"]), membership), (.label, membership.union(texts)), (.network, membership), (.flag, []),
            (.number(0...9), membership.union(numbers)), (.size, membership.union(numbers)),
            (.weekday, membership.union(numbers)),
        ]
    }()

    @Test("an operator fits the attributes for whose values it means something")
    func operatorsAndKinds() {
        for (kind, operators) in Self.fitting {
            for name in Operator.allCases {
                let fits = operators.contains(name) || name == .is || name == .exists
                #expect(name.fits(kind) == fits, "\(name.rawValue) and \(kind.name)")
            }
        }
    }

    @Test("every attribute is of a kind that the table knows")
    func kindsAreCovered() {
        let names = Set(Self.fitting.map(\.kind.name))
        for row in AttributeTable.fixed { #expect(names.contains(row.traits.kind.name), "\(row.name)") }
    }

    @Test(
        "an attribute with several values holds when any of them does, also where it is asked what it is not",
        arguments: [
            ("recipient.domain: example.com", true), ("recipient.domain: [a.example, .example.org]", true),
            ("recipient.domain: { not-in: [example.com] }", true),
            ("recipient.domain: { not-in: [example.com, .example.org] }", false),
            ("recipient: { not-matches: '^bob@' }", true), ("recipient: { not-matches: '@' }", false),
            ("none: [{ recipient.domain: example.com }]", false), ("none: [{ recipient.domain: a.example }]", true),
            ("header.received: { contains: a., not-matches: internal }", true),
            ("header.received: { contains: internal, not-matches: internal }", false),
        ]
    )
    func severalValues(condition: String, holds: Bool) throws {
        let set = try policySet(rules: ["at: message, when: { \(condition) }, then: { log: a }"])
        #expect(set.evaluate(.message, .example).fired.isEmpty != holds)
    }

    @Test(
        "every kind takes a scalar, a sequence, and both with `is`",
        arguments: [
            ("listener", "mx", "other"), ("helo", "client.example.net", "a.example"),
            ("sender", "ann.sender@example.net", "a@a.example"), ("helo.kind", "NAME", "literal"),
            ("client.address", "192.0.2.0/24", "10.0.0.1"), ("client.port", "40000", "25"),
            ("mail.size", "1000", "1 KiB"), ("time.weekday", "Saturday", "1"),
        ]
    )
    func writings(attribute: String, value: String, other: String) throws {
        let same = attribute == "sender" ? "Ann.Sender@EXAMPLE.net" : value
        for written in [
            "\(same)", "[\(other), \(same)]", "{ is: \(same) }", "{ is: [\(same), \(other)] }", "{ in: [\(same)] }",
        ] {
            let set = try policySet(rules: ["at: message, when: { \(attribute): \(written) }, then: { log: a }"])
            #expect(!set.evaluate(.message, .example).fired.isEmpty, "\(attribute): \(written)")
        }
        for written in ["\(other)", "[\(other)]", "{ not-in: [\(other), \(same)] }"] {
            let set = try policySet(rules: ["at: message, when: { \(attribute): \(written) }, then: { log: a }"])
            #expect(set.evaluate(.message, .example).fired.isEmpty, "\(attribute): \(written)")
        }
    }
}

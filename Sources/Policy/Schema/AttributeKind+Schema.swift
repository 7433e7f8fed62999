extension AttributeKind {
    /// What one operand of the kind looks like.
    var schema: SchemaValue {
        switch self {
        case .text: ["type": ["string", "number"]]
        case .word(let words): .words(words)
        case .label: ["type": ["string", "number"], "pattern": #"^\S+$"#]
        case .domain: .text(matching: #"^[^\s@]*$"#)
        case .mailbox: .text(matching: #"^(\S*|".*"@\S+)$"#)
        case .network: .text(matching: "^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$")
        case .number(let range):
            .anyOf(
                ["type": "integer", "minimum": .number(range.lowerBound), "maximum": .number(range.upperBound)],
                .text(matching: "^[0-9]+$"))
        case .size: .size
        case .weekday:
            .anyOf(
                .words([
                    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "mon", "tue", "wed",
                    "thu", "fri", "sat", "sun",
                ]),
                ["type": "integer", "minimum": 1, "maximum": 7])
        case .flag: .flag
        }
    }

    /// The kinds that many attributes are of, by the name under which a schema defines what stands behind them.
    static let common: [(name: String, kind: AttributeKind)] = [
        ("text", .text), ("label", .label), ("domain", .domain), ("mailbox", .mailbox), ("network", .network),
        ("size", .size),
        ("flag", .flag), ("number", .number(0...Int.max)),
    ]

    /// What may stand behind an attribute of the kind, as a reference where there is one.
    var conditionReference: SchemaValue {
        guard let name = Self.common.first(where: { $0.kind == self })?.name else { return conditionSchema }
        return ["allOf": .list([["$ref": "#/definitions/\(name)"]])]
    }

    /// What may stand behind an attribute of the kind: a value, several, or operators.
    var conditionSchema: SchemaValue {
        let operators = Operator.allCases.filter { $0.fits(self) }.map { name in
            SchemaValue.Entry(name.rawValue, name.schema(for: self))
        }
        let mapping = SchemaValue.mapping(.keys(operators)).adding("minProperties", 1)
        return self == .flag ? .anyOf(schema, mapping) : .anyOf(schema, .sequence(of: schema), mapping)
    }
}

extension Operator {
    /// What may stand behind the operator for an attribute of a kind.
    fileprivate func schema(for kind: AttributeKind) -> SchemaValue {
        let operand: SchemaValue =
            switch self {
            case .is: kind == .flag ? kind.schema : .oneOrMore(kind.schema)
            // A text alone is the name of a list.
            case .in, .notIn: .anyOf(["type": "string"], .sequence(of: kind.schema))
            case .matches, .notMatches: .oneOrMore(["type": "string", "minLength": 1])
            case .contains, .startsWith, .endsWith: .oneOrMore(.anyText)
            case .over, .under, .atLeast, .atMost: kind.schema
            case .exists: .flag
            }
        return operand.adding("description", .text(summary))
    }

    /// When the operator holds, in a few words.
    private var summary: String {
        switch self {
        case .is: "it is the value, or one of several"
        case .in: "it is in the list of that name, or among the values in brackets"
        case .notIn: "it is not in the list of that name, nor among the values in brackets"
        case .matches: "a PCRE2 pattern is found anywhere in it; write it in single quotes"
        case .notMatches: "the pattern is found nowhere in it; write it in single quotes"
        case .contains: "the plain text is in it, in any case of letters"
        case .startsWith: "it begins with the text, in any case of letters"
        case .endsWith: "it ends with the text, in any case of letters"
        case .over: "it is more"
        case .under: "it is less"
        case .atLeast: "it is as much or more"
        case .atMost: "it is as much or less"
        case .exists: "`true`: it has a value; `false`: it has none"
        }
    }
}

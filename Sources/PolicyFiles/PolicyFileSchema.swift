import Policy

/// The JSON Schema of a policy file, made from the tables by which policies are read.
public enum PolicyFileSchema {
    /// Draft 7, which the YAML servers of editors know best.
    public static let draft = "http://json-schema.org/draft-07/schema#"

    public static var schema: SchemaValue {
        var schema: SchemaValue = [
            "$schema": .text(draft),
            "title": "A policy of Gatepost",
            "description": "Named lists, ordered rules, and tests that show what the rules do.",
        ]
        let file = SchemaValue.mapping(.keys(entries(PolicyFileReader.keys, file)), required: ["policy", "rules"])
        for key in file.names { schema = schema.adding(key, file[key] ?? true) }
        return schema.adding("definitions", PolicySchema.definitions)
    }

    /// The schemas of keys; what is no key of the table takes anything, and a test finds it.
    private static func entries(_ keys: [String], _ table: SchemaValue) -> [SchemaValue.Entry] {
        keys.map { SchemaValue.Entry($0, table[$0] ?? true) }
    }

    static let file: SchemaValue = [
        "policy": name("the name of the policy"),
        "description": ["type": "string"],
        "mode": PolicySchema.modes,
        "lists": [
            "type": "object",
            "additionalProperties": .anyOf(
                ["type": "array", "items": ["type": ["string", "number"]]],
                .mapping(["file": ["type": "string", "description": "one entry a line"]], required: ["file"])),
            "description": "names with their entries: addresses, domains, networks or words",
        ],
        "rules": ["type": "array", "items": rule, "description": "tried from top to bottom"],
        "tests": ["type": "array", "items": test],
    ]

    private static var rule: SchemaValue {
        .mapping(.keys(entries(PolicyFileReader.ruleKeys, ruleTable)), required: ["name", "then"])
    }

    static let ruleTable: SchemaValue = [
        "name": name("the name of the rule, for the log and the tests"),
        "description": ["type": "string"],
        "mode": PolicySchema.modes,
        "at": PolicySchema.stages.adding("description", "puts the rule at a later stage"),
        "when": PolicySchema.conditions,
        "unless": PolicySchema.conditions,
        "then": PolicySchema.actions,
    ]

    private static var test: SchemaValue {
        .mapping(
            [
                "name": name("what the test shows"),
                "given": .mapping(.keys(entries(PolicyGivenReader.keys, given))),
                "expect": .mapping(.keys(entries(PolicyExpectReader.keys, expect))).adding("minProperties", 1),
            ],
            required: ["name", "given", "expect"])
    }

    private static func name(_ description: String) -> SchemaValue {
        ["type": ["string", "number"], "minLength": 1, "pattern": #"^[^\n\t]*$"#, "description": .text(description)]
    }
}

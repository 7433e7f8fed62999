import Testing

@testable import GatepostService
@testable import Policy
@testable import PolicyFiles

/// The schemas leave out nothing of the tables that they are made from.
@Suite struct SchemaTests {
    @Test func everyKeyOfAPolicyHasASchema() {
        #expect(PolicyFileSchema.file.names == PolicyFileReader.keys)
        #expect(PolicyFileSchema.ruleTable.names == PolicyFileReader.ruleKeys)
        #expect(Set(PolicyFileSchema.given.names) == Set(PolicyGivenReader.keys))
        #expect(Set(PolicyFileSchema.expect.names) == Set(PolicyExpectReader.keys))
    }

    @Test func everyAttributeAndOperatorHasASchema() {
        let properties = ConditionSchema.definition["properties"]
        for (name, traits) in AttributeTable.fixed {
            #expect(properties?[name]?["description"] != nil, "\(name)")
            guard case .list(let shapes)? = traits.kind.conditionSchema["anyOf"] else { continue }
            #expect(shapes.last?["properties"]?.names == Operator.fitting(traits.kind), "\(name)")
        }
    }

    @Test func everyFormOfTheConfigurationHasASchema() {
        let mappings: Set<String> = ["mapping", "sequence of mappings", "mapping by name"]
        for row in ConfigurationKeys.rows where !mappings.contains(row.form) {
            #expect(ConfigurationSchema.scalar(row.form) != nil, "\(row.path): \(row.form)")
        }
    }

    @Test func aSchemaIsPrintedAsJSON() {
        let value: SchemaValue = ["a": ["b", 1, true, .null], "c\"\n\u{1}": [:], "d": ["e": [["f": []]]]]
        #expect(
            value.json == #"""
                {
                  "a": ["b", 1, true, null],
                  "c\"\n\u0001": {},
                  "d": {
                    "e": [
                      {
                        "f": []
                      }
                    ]
                  }
                }

                """#)
    }
}

/// The schema of `when` and `unless`, made from the table of attributes.
enum ConditionSchema {
    /// Where a schema that holds `definition` refers to it.
    static let reference: SchemaValue = ["$ref": "#/definitions/condition"]

    static var definition: SchemaValue {
        let several = SchemaValue.sequence(of: reference)
        let groups: [SchemaValue.Entry] = [
            .init("any", several.adding("description", "at least one of these conditions holds")),
            .init("all", several.adding("description", "all of these conditions hold")),
            .init("none", several.adding("description", "none of these conditions holds")),
            .init("unless", ["allOf": .list([reference]), "description": "not all of these hold"]),
        ]
        let rate = SchemaValue.Entry("rate", RateReader.schema)
        let fixed = AttributeTable.fixed.map { entry($0.name, $0.traits) }
        let fields = AttributeNames.all.filter { $0.hasPrefix("header.") }.flatMap { name in
            HeaderAspect.allCases.map { aspect in
                entry(aspect == .decoded ? name : "\(name).\(aspect.rawValue)", headerTraits(aspect))
            }
        }
        return [
            "type": "object",
            "properties": .keys(groups + [rate] + fixed + fields),
            "patternProperties": .keys(HeaderAspect.allCases.map(anyField)),
            "additionalProperties": false,
            "minProperties": 1,
        ]
    }

    private static func headerTraits(_ aspect: HeaderAspect) -> AttributeTraits {
        AttributeTable.headerTraits(slot: 0, aspect)
    }

    /// An aspect of a header field of any name.
    private static func anyField(_ aspect: HeaderAspect) -> SchemaValue.Entry {
        let suffix = aspect == .decoded ? "" : "\\.\(aspect.rawValue)"
        return .init("^header\\.[^.:\\s]+\(suffix)$", headerTraits(aspect).kind.conditionReference)
    }

    private static func entry(_ name: String, _ traits: AttributeTraits) -> SchemaValue.Entry {
        let description = "\(traits.kind.name), known at \(traits.stage)"
        return .init(name, traits.kind.conditionReference.adding("description", .text(description)))
    }
}

/// The parts of a policy's schema that come from what rules can ask and do.
public enum PolicySchema {
    /// The schemas that others refer to, by name.
    public static var definitions: SchemaValue {
        let kinds = AttributeKind.common.map { SchemaValue.Entry($0.name, $0.kind.conditionSchema) }
        let parts: [SchemaValue.Entry] = [
            .init("condition", ConditionSchema.definition), .init("actions", ActionName.thenSchema),
        ]
        return .keys(parts + kinds)
    }

    public static let conditions = ConditionSchema.reference
    public static let actions: SchemaValue = ["$ref": "#/definitions/actions"]
    public static let stages: SchemaValue = ["enum": .list(Stage.allCases.map { .text($0.name) })]
    /// YAML 1.1 takes `off` for false.
    public static let modes: SchemaValue = ["enum": .list(RuleMode.allCases.map { .text($0.rawValue) } + [false])]
}

@testable import Policy

/// Makes documents from a schema: most of what they hold is as the schema says, some of it is not.
struct SchemaSampler {
    private let definitions: SchemaValue
    private var random: SplitMix

    init(_ schema: SchemaValue, seed: UInt64) {
        definitions = schema["definitions"] ?? [:]
        random = SplitMix(seed: seed)
    }

    /// Texts of all that the language knows, and some that it does not.
    private static let texts: [String] =
        [
            "a", "", "no", "example.com", ".example.org", "user@example.com", "<>", "192.0.2.0/24", "10.0.0.1/8",
            "2001:db8::/32", "25 MiB", "5", "-1", "99999999999999999999", "30s", "^(a+)+$", "(", "(?<word>a)", "[a-z]",
            "550 5.7.1 No", "450 4.7.1 Later", "421 4.7.0 Bye", "252 2.0.0 Yes", "5.7.1 no", "999 No", "{match.1}",
            "{match.word}", "{sender} {helo}", "{rule", "{{", "ours", "nowhere", "monday", "VRFY", "7BIT", "true",
            "\u{8}", "é", "\r\n250 Ok", "mail", "header",
        ] + ActionName.allCases.map(\.rawValue) + AttributeNames.all + Operator.allCases.map(\.rawValue)

    /// A document; `depth` bounds how deep it goes.
    mutating func sample(_ schema: SchemaValue, depth: Int = 12) -> SchemaValue {
        if depth == 0 || Int.random(in: 0..<40, using: &random) == 0 { return anything() }
        if case .text(let reference)? = schema["$ref"] {
            return sample(definitions[String(reference.split(separator: "/").last ?? "")] ?? true, depth: depth - 1)
        }
        for key in ["anyOf", "allOf", "enum"] {
            guard case .list(let choices)? = schema[key], let choice = choices.randomElement(using: &random) else {
                continue
            }
            return key == "enum" ? choice : sample(choice, depth: depth - 1)
        }
        switch schema["type"] {
        case .text("object"): return object(schema, depth: depth)
        case .text("array"):
            let count = Int.random(in: 0...3, using: &random)
            return .list((0..<count).map { _ in sample(schema["items"] ?? true, depth: depth - 1) })
        case .text("integer"): return .number(Int.random(in: -1...30, using: &random))
        case .text("boolean"): return .flag(Bool.random(using: &random))
        default: return anything()
        }
    }

    private mutating func object(_ schema: SchemaValue, depth: Int) -> SchemaValue {
        guard case .keys(let properties)? = schema["properties"] else {
            let value = sample(schema["additionalProperties"] ?? true, depth: depth - 1)
            return .keys([.init(Self.texts.randomElement(using: &random) ?? "", value)])
        }
        var required: Set<String> = []
        if case .list(let names)? = schema["required"] {
            required = Set(names.compactMap { if case .text(let name) = $0 { name } else { nil } })
        }
        let wanted = properties.count > 12 ? 2.0 / Double(properties.count) : 0.5
        let entries = properties.filter {
            required.contains($0.key)
                ? Int.random(in: 0..<30, using: &random) > 0 : Double.random(in: 0..<1, using: &random) < wanted
        }
        return .keys(entries.map { .init($0.key, sample($0.value, depth: depth - 1)) })
    }

    private mutating func anything() -> SchemaValue {
        switch Int.random(in: 0..<12, using: &random) {
        case 0: .number(Int.random(in: Int.min...Int.max, using: &random))
        case 1: .null
        case 2: [:]
        case 3: .list([.text(Self.texts.randomElement(using: &random) ?? "")])
        default: .text(Self.texts.randomElement(using: &random) ?? "")
        }
    }
}

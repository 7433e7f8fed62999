import Policy
import PolicyFiles

/// The JSON Schema of a configuration, made from the table of its keys.
public enum ConfigurationSchema {
    public static var schema: SchemaValue {
        var schema: SchemaValue = [
            "$schema": .text(PolicyFileSchema.draft),
            "title": "A configuration of Gatepost",
        ]
        let file = mapping(below: "")
        for key in file.names { schema = schema.adding(key, file[key] ?? true) }
        return schema
    }

    /// The mapping whose keys stand under a path, which ends in a dot unless it is empty.
    private static func mapping(below path: String) -> SchemaValue {
        let rows = ConfigurationKeys.rows.filter { row in
            row.path.hasPrefix(path) && !row.path.dropFirst(path.count).contains(".")
        }
        let properties = rows.map { row in
            SchemaValue.Entry(String(row.path.dropFirst(path.count)), value(row))
        }
        let required = rows.filter { $0.standard == "required" }.map { String($0.path.dropFirst(path.count)) }
        return .mapping(.keys(properties), required: required)
    }

    private static func value(_ row: ConfigurationKeys.Row) -> SchemaValue {
        let value: SchemaValue =
            switch row.form {
            case "mapping": mapping(below: "\(row.path).")
            case "sequence of mappings": .sequence(of: mapping(below: "\(row.path)."))
            case "mapping by name":
                ["type": "object", "minProperties": 1, "additionalProperties": mapping(below: "\(row.path).NAME.")]
            default: scalar(row.form) ?? true
            }
        return row.standard == "required" ? value : value.adding("description", .text("default: \(row.standard)"))
    }

    /// What a scalar of a form is; nil for a form that is not known.
    static func scalar(_ form: String) -> SchemaValue? {
        let address = SchemaValue.text(matching: #"^(unix:.+|\S+:[0-9]{1,5})$"#)
        switch form {
        case ConfigurationKeys.eightBitForm:
            let downgrade = SchemaValue.mapping(["signed": .flag])
            return .anyOf(
                ["enum": ["require", "downgrade"]], .mapping(["downgrade": downgrade], required: ["downgrade"]))
        case "text": return .anyText
        case "domain": return .text(matching: #"^[^\s@]+$"#)
        case "name", "name of an upstream": return .anyText
        case "address": return address
        case ConfigurationKeys.userForm: return .text(matching: #"^[^\s:]+(:[^\s:]+)?$"#)
        case "sequence of one address": return ["type": "array", "items": address, "minItems": 1, "maxItems": 1]
        case ConfigurationKeys.lineEnds:
            let networks: SchemaValue = .oneOrMore(["type": "string", "minLength": 1])
            return .anyOf(
                ["enum": ["refuse", "normalise"]],
                .mapping(["normalise-for": networks], required: ["normalise-for"])
            )
        case "sequence of networks":
            let network = SchemaValue.text(matching: #"^[0-9A-Fa-f.:]+(/[0-9]{1,3})?$"#)
            return ["type": "array", "items": network, "minItems": 1]
        case "path": return ["type": "string", "minLength": 1]
        case "path or sequence of paths": return .oneOrMore(["type": "string", "minLength": 1])
        case "count": return ["type": "integer", "minimum": 0]
        case "size": return .size
        case "duration": return .duration
        case "pace": return .text(matching: #"^[0-9]+ *([KMGkmg]i?)?[Bb]/s$"#)
        case _ where form.hasPrefix("`"):
            let words = form.split(separator: "`").filter { !$0.contains(",") }.map { SchemaValue.text(String($0)) }
            return ["enum": .list(words)]
        default: return nil
        }
    }
}

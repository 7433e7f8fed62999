/// A JSON value whose keys keep their order: what schemas are written in.
public indirect enum SchemaValue: Hashable, Sendable {
    case text(String)
    case number(Int)
    case flag(Bool)
    case null
    case list([SchemaValue])
    case keys([Entry])

    public struct Entry: Hashable, Sendable {
        public var key: String
        public var value: SchemaValue

        public init(_ key: String, _ value: SchemaValue) {
            self.key = key
            self.value = value
        }
    }

    /// The value of a key; nil when there is none.
    public subscript(key: String) -> SchemaValue? {
        guard case .keys(let entries) = self else { return nil }
        return entries.first { $0.key == key }?.value
    }

    /// The value with a key more.
    public func adding(_ key: String, _ value: SchemaValue) -> SchemaValue {
        guard case .keys(let entries) = self else { return self }
        return .keys(entries + [Entry(key, value)])
    }

    /// The names of the keys.
    public var names: [String] {
        if case .keys(let entries) = self { entries.map(\.key) } else { [] }
    }
}

extension SchemaValue: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    public init(stringLiteral value: String) { self = .text(value) }
}

extension SchemaValue: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: Int) { self = .number(value) }
}

extension SchemaValue: ExpressibleByBooleanLiteral {
    public init(booleanLiteral value: Bool) { self = .flag(value) }
}

extension SchemaValue: ExpressibleByArrayLiteral {
    public init(arrayLiteral elements: SchemaValue...) { self = .list(elements) }
}

extension SchemaValue: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, SchemaValue)...) {
        self = .keys(elements.map { Entry($0.0, $0.1) })
    }
}

// MARK: Print

extension SchemaValue {
    /// The value as JSON text [RFC 8259], indented.
    public var json: String { json(indent: "") + "\n" }

    private func json(indent: String) -> String {
        let inner = indent + "  "
        switch self {
        case .text(let text): return Self.quoted(text)
        case .number(let number): return String(number)
        case .flag(let flag): return flag ? "true" : "false"
        case .null: return "null"
        case .list(let values):
            if values.isEmpty { return "[]" }
            if values.allSatisfy(\.isScalar) {
                return "[" + values.map { $0.json(indent: "") }.joined(separator: ", ") + "]"
            }
            return "[\n" + values.map { inner + $0.json(indent: inner) }.joined(separator: ",\n") + "\n\(indent)]"
        case .keys(let entries):
            if entries.isEmpty { return "{}" }
            let lines = entries.map { "\(inner)\(Self.quoted($0.key)): \($0.value.json(indent: inner))" }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
        }
    }

    private var isScalar: Bool {
        switch self {
        case .text, .number, .flag, .null: true
        case .list, .keys: false
        }
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\":
                quoted.append("\\")
                quoted.unicodeScalars.append(scalar)
            case "\n": quoted.append("\\n")
            case "\t": quoted.append("\\t")
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                quoted.append("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}

// MARK: Shapes

extension SchemaValue {
    /// A mapping of these keys and no others.
    public static func mapping(_ properties: SchemaValue, required: [String] = []) -> SchemaValue {
        var mapping: SchemaValue = ["type": "object", "properties": properties]
        if !required.isEmpty { mapping = mapping.adding("required", .list(required.map(SchemaValue.text))) }
        return mapping.adding("additionalProperties", false)
    }

    public static func anyOf(_ values: SchemaValue...) -> SchemaValue { ["anyOf": .list(values)] }

    /// A sequence with at least one element.
    public static func sequence(of value: SchemaValue) -> SchemaValue {
        ["type": "array", "items": value, "minItems": 1]
    }

    /// One value, or several in a sequence.
    public static func oneOrMore(_ value: SchemaValue) -> SchemaValue { .anyOf(value, .sequence(of: value)) }

    /// A text on which a pattern (of ECMA-262) is found.
    public static func text(matching pattern: String) -> SchemaValue { ["type": "string", "pattern": .text(pattern)] }

    /// One of some words, as they are written for an editor to offer, or in any case of letters.
    public static func words(_ words: [String]) -> SchemaValue {
        let caseless = words.map { word in
            word.map { $0.isLetter ? "[\($0.uppercased())\($0.lowercased())]" : String($0) }.joined()
        }
        return .anyOf(
            ["enum": .list(words.map(SchemaValue.text))], .text(matching: "^(" + caseless.joined(separator: "|") + ")$")
        )
    }

    /// A text, or a number that is taken as one.
    public static let anyText: SchemaValue = ["type": ["string", "number"], "minLength": 1]

    /// Octets, plain or with a unit.
    public static let size: SchemaValue = {
        let units = ByteSize.units.map(\.name).map { unit in
            unit.map { "[\($0.uppercased())\($0.lowercased())]" }.joined()
        }
        return .anyOf(
            ["type": "integer", "minimum": 0], .text(matching: "^[0-9]+( *(\(units.joined(separator: "|"))))?$"))
    }()

    /// A number with a unit of time.
    public static let duration: SchemaValue = .text(
        matching: "^[0-9]+ *(\(DurationText.units.map(\.key).joined(separator: "|")))$")

    public static let flag: SchemaValue = ["type": "boolean"]
}

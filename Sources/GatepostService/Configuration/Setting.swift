import Policy
import PolicyFiles
import RelayCore

/// A key of the configuration whose value is a scalar: what it is called, what it takes, and where its value goes.
///
/// Reading, the list of known keys and the reference in the documentation come from these tables.
struct Setting<Section: Sendable>: Sendable {
    typealias Place<Value> = WritableKeyPath<Section, Value> & Sendable

    let key: String
    /// What the value is, in the words of the documentation.
    let form: String
    /// The default, printed as an operator would write it.
    let standard: @Sendable (Section) -> String
    let read: @Sendable (inout DocumentReader, DocumentNode, inout Section) -> Void

    static func count(_ key: String, _ place: Place<Int>, in range: ClosedRange<Int>) -> Setting {
        Setting(key: key, form: "count", standard: { String($0[keyPath: place]) }) { reader, node, section in
            if let value = reader.count(node, in: range) { section[keyPath: place] = value }
        }
    }

    /// A count that is worked out where it is not given.
    static func count(_ key: String, _ place: Place<Int?>, in range: ClosedRange<Int>) -> Setting {
        let standard: @Sendable (Section) -> String = { $0[keyPath: place].map(String.init) ?? "" }
        return Setting(key: key, form: "count", standard: standard) { reader, node, section in
            if let value = reader.count(node, in: range) { section[keyPath: place] = value }
        }
    }

    static func size(_ key: String, _ place: Place<Int>, in range: ClosedRange<Int>) -> Setting {
        Setting(key: key, form: "size", standard: { ByteSize.describe($0[keyPath: place]) }) { reader, node, section in
            if let value = reader.size(node, in: range) { section[keyPath: place] = value }
        }
    }

    /// A wait: shorter than a tenth of a second it would end sessions that are well.
    static func duration(_ key: String, _ place: Place<Nanoseconds>) -> Setting {
        let range = Duration.milliseconds(100)...DurationText.maximum
        return Setting(
            key: key,
            form: "duration",
            standard: { DurationText.print(Duration($0[keyPath: place])) },
            read: { reader, node, section in
                if let value = reader.duration(node, in: range) { section[keyPath: place] = Nanoseconds(value) }
            }
        )
    }

    /// A text that is looked into elsewhere; nil stands for `standard`.
    static func text(_ key: String, _ place: Place<String?>, standard: String) -> Setting {
        Setting(key: key, form: "text", standard: { $0[keyPath: place] ?? standard }) { reader, node, section in
            if let value = reader.name(node, "text") { section[keyPath: place] = value }
        }
    }

    static func pace(_ key: String, _ place: Place<Int>, in range: ClosedRange<Int>) -> Setting {
        Setting(key: key, form: "pace", standard: { "\($0[keyPath: place]) B/s" }) { reader, node, section in
            if let value = reader.pace(node, in: range) { section[keyPath: place] = value }
        }
    }

    static func choice<Value: Equatable & Sendable>(
        _ key: String,
        _ place: Place<Value>,
        _ subject: String,
        among table: @escaping @Sendable () -> KeyValuePairs<String, Value>
    ) -> Setting {
        Setting(
            key: key,
            form: table().map { "`\($0.key)`" }.joined(separator: ", "),
            standard: { section in table().first { $0.value == section[keyPath: place] }?.key ?? "" },
            read: { reader, node, section in
                if let value = reader.choice(node, subject, among: table()) { section[keyPath: place] = value }
            }
        )
    }
}

extension DocumentReader {
    /// Reads a mapping of settings into a section; what is not given keeps its value.
    mutating func section<Section>(
        _ node: DocumentNode,
        _ subject: String,
        _ settings: [Setting<Section>],
        later: [String] = [],
        into section: inout Section
    ) {
        guard let mapping = mapping(node, subject, keys: settings.map(\.key), later: later) else { return }
        for setting in settings {
            guard let node = mapping[setting.key] else { continue }
            setting.read(&self, node, &section)
        }
    }
}

extension Duration {
    /// A length of time of the relay's; the longest is some 584 years.
    init(_ nanoseconds: Nanoseconds) {
        self = .nanoseconds(Int64(clamping: nanoseconds.value))
    }
}

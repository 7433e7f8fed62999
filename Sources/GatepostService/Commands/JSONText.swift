import Foundation

/// What `--json` prints.
enum JSONText {
    /// What the keys mean: the number grows when one of them goes or changes its meaning.
    static let format = 1

    /// The value with its keys in order, so that two runs can be compared.
    static func print(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { return "{}" }
        return String(decoding: data, as: UTF8.self) + "\n"
    }
}

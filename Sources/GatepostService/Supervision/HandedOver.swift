import Foundation

/// What a process hands to one that it executes, as the value of an option; descriptors go by inheritance.
public protocol HandedOver: Codable, Sendable {}

extension HandedOver {
    /// Nil when the text is none.
    public init?(argument text: String) {
        guard let value = try? JSONDecoder().decode(Self.self, from: Data(text.utf8)) else { return nil }
        self = value
    }

    var argument: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }
}

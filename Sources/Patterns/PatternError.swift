/// Why a pattern or a replacement text does not compile, and where: `offset` counts UTF-8 octets of its source.
public struct PatternError: Error, Hashable, Sendable, CustomStringConvertible {
    public let message: String
    public let offset: Int

    public init(message: String, offset: Int) {
        self.message = message
        self.offset = offset
    }

    public var description: String { "\(message) at offset \(offset)" }
}

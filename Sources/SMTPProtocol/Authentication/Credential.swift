import NIOCore

/// Text that proves who somebody is: a response of a SASL exchange, a password, a token.
///
/// Whatever prints a value (a log, an error, the text of a crash) prints of this one that there is one. What it holds is
/// read by name alone, where it is sent.
public struct Credential: Hashable, Sendable {
    public let text: String

    public init(_ text: String) {
        self.text = text
    }

    public var isEmpty: Bool { text.isEmpty }

    /// Writes it as a line of its own. Control characters are left out, so that it is one line.
    public func writeLine(into buffer: inout ByteBuffer) {
        buffer.writeString(ControlCharacters.removed(from: text))
        buffer.writeStaticString("\r\n")
    }
}

extension Credential: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "(hidden)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension Credential: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) {
        self.init(text)
    }
}

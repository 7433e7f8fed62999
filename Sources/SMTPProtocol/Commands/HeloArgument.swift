/// How a client names itself in HELO, EHLO or LHLO.
///
/// Clients send anything here, and RFC 5321 section 4.1.4 forbids to refuse mail for it alone, so every text is an
/// argument, and its kind says what it is.
public struct HeloArgument: Hashable, Sendable, CustomStringConvertible {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// A domain.
        case name
        /// An address literal, `[192.0.2.1]`.
        case literal
        /// Neither; among these is an address that lacks its brackets.
        case invalid
    }

    public let text: String
    public let kind: Kind

    /// Control characters and spaces around the text are removed.
    public init(_ text: String) {
        let clean = ControlCharacters.removed(from: text)
        guard let first = clean.firstIndex(where: { $0 != " " }), let last = clean.lastIndex(where: { $0 != " " })
        else {
            self.init(clean: "")
            return
        }
        self.init(clean: String(clean[first...last]))
    }

    /// A text that has neither.
    init(clean text: String) {
        self.text = text
        kind = Self.kind(of: text)
    }

    private static func kind(of text: String) -> Kind {
        if text.parsed({ $0.takeDomain() }) != nil {
            return text.parsed({ $0.takeIPv4() }) == nil ? .name : .invalid
        }
        return AddressLiteral(text) == nil ? .invalid : .literal
    }

    public var description: String { text }
}

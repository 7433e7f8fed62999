/// A domain of RFC 5321 section 4.1.2, whose labels may be U-labels (RFC 6531 section 3.3).
///
/// Two domains are equal when they differ in the case of ASCII letters alone. The text keeps the case it came in.
public struct Domain: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    /// Nil unless the text is `sub-domain *("." sub-domain)` of at most 255 octets (section 4.5.3.1.2).
    public init?(_ text: some StringProtocol) {
        guard let domain = text.parsed({ $0.takeDomain() }) else { return nil }
        self = domain
    }

    fileprivate init(unchecked text: String) { self.text = text }

    public var isASCII: Bool { text.isASCII }

    public var description: String { text }

    public static func == (left: Domain, right: Domain) -> Bool {
        left.text == right.text
            || left.text.utf8.elementsEqual(right.text.utf8) { $0.lowercased == $1.lowercased }
    }

    public func hash(into hasher: inout Hasher) {
        for octet in text.utf8 { hasher.combine(octet.lowercased) }
        hasher.combine(0xFF as UInt8)
    }
}

extension OctetReader {
    /// ```abnf
    /// Domain     = sub-domain *("." sub-domain)
    /// sub-domain = Let-dig [Ldh-str] / U-label
    /// ```
    mutating func takeDomain() -> Domain? {
        let start = position
        repeat {
            let label = takeRun { $0.isLetDig || $0 == .hyphen || $0.isEightBit }
            guard !label.isEmpty, self[label.lowerBound] != .hyphen, self[label.upperBound - 1] != .hyphen else {
                return nil
            }
            // The limit of DNS counts a U-label in its ASCII form, which is not known here.
            guard label.count <= 63 || octets(label).contains(where: \.isEightBit) else { return nil }
        } while take(.dot)
        guard position - start <= 255 else { return nil }
        return Domain(unchecked: text(start..<position))
    }
}

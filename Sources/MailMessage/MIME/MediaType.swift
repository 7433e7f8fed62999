/// A media type with its subtype [2045 5.1], in lower case.
public struct MediaType: Hashable, Sendable, CustomStringConvertible {
    public let type: String
    public let subtype: String

    init(_ type: String, _ subtype: String) {
        self.type = type
        self.subtype = subtype
    }

    /// Reads `type "/" subtype`; nil for anything else.
    init?(parsing text: String) {
        let words = text.split(separator: "/", omittingEmptySubsequences: false)
        guard words.count == 2, words.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(Self.isTokenOctet) }) else {
            return nil
        }
        self.init(words[0].lowercased(), words[1].lowercased())
    }

    /// What a part is that does not say otherwise [2045 5.2].
    static let plainText = MediaType("text", "plain")
    /// What a part of a digest is that does not say otherwise [2046 5.1.5].
    static let message = MediaType("message", "rfc822")

    public var description: String { "\(type)/\(subtype)" }

    public var isMultipart: Bool { type == "multipart" }
    public var isText: Bool { type == "text" }

    /// Whether the body begins with a header section: a whole message, or the phantom one of [2046 5.2.3].
    var holdsMessage: Bool {
        type == "message" && (subtype == "rfc822" || subtype == "global" || subtype == "external-body")
    }

    /// Whether nothing within may change without making it worthless: what is signed or encrypted as a whole
    /// [1847; 8551].
    public var isSealed: Bool {
        switch (type, subtype) {
        case ("multipart", "signed"), ("multipart", "encrypted"),
            ("application", "pkcs7-mime"), ("application", "x-pkcs7-mime"):
            true
        default: false
        }
    }

    /// `token` [2045 5.1], and octets beyond ASCII that it should not hold.
    private static func isTokenOctet(_ octet: UInt8) -> Bool {
        octet > Octet.space && octet != Octet.delete && !"()<>@,;:\\\"/[]?=".utf8.contains(octet)
    }
}

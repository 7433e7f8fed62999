/// How the body of a part is written [2045 6].
public enum TransferEncoding: String, CaseIterable, Hashable, Sendable {
    case sevenBit = "7bit"
    case eightBit = "8bit"
    case binary
    case quotedPrintable = "quoted-printable"
    case base64
    /// A name that [2045 6.1] does not know: the body is taken as it stands.
    case unknown = ""

    /// `mechanism = "7bit" / "8bit" / "binary" / "quoted-printable" / "base64" / ietf-token / x-token`; what stands
    /// behind the word is passed over.
    init(named name: String) {
        self = Self(rawValue: name) ?? .unknown
    }

    /// Whether the body stands as it is.
    public var isIdentity: Bool {
        switch self {
        case .sevenBit, .eightBit, .binary, .unknown: true
        case .quotedPrintable, .base64: false
        }
    }
}

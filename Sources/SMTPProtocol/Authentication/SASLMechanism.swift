/// The SASL mechanisms that can be relayed line by line, and log in whoever is at the other end of the relay.
///
/// Those with channel binding (`-PLUS`) are bound to the TLS connection on either side of a relay, and cannot be (RFC 5802
/// section 6); those that agree on a security layer would hide the mail from it.
public enum SASLMechanism: String, CaseIterable, Hashable, Sendable {
    /// RFC 4616
    case plain = "PLAIN"
    /// An expired draft, and in wide use: the user and the password, each asked for by a challenge.
    case login = "LOGIN"
    /// RFC 2195
    case cramMD5 = "CRAM-MD5"
    /// RFC 5802
    case scramSHA1 = "SCRAM-SHA-1"
    /// RFC 7677
    case scramSHA256 = "SCRAM-SHA-256"
    /// Google's and Microsoft's, before RFC 7628.
    case xoauth2 = "XOAUTH2"
    /// RFC 7628
    case oauthBearer = "OAUTHBEARER"
}

/// Learns from the responses of an exchange whom the client claims to be. Whether it is true is the server's to say.
///
/// A name is known when it is UTF-8 without control characters, and not empty; what cannot be read gives none.
public struct SASLIdentity: Hashable, Sendable {
    public private(set) var user: String?
    private let mechanism: SASLMechanism
    private var isOver = false

    /// Octets of the longest name that is believed to be one.
    private static let longestName = 255

    public init(_ mechanism: SASLMechanism) {
        self.mechanism = mechanism
    }

    /// Looks at a challenge, as the server wrote it. One of LOGIN that asks for a password before it has asked for the
    /// user is answered with what must not be taken for a name.
    public mutating func challenged(_ text: String) {
        guard mechanism == .login, let octets = SASLText.decode(text) else { return }
        let words = String(decoding: octets, as: UTF8.self).lowercased()
        if words.contains("pass") { isOver = true }
    }

    /// Looks at a response; the first one tells.
    public mutating func responded(_ octets: [UInt8]) {
        guard !isOver else { return }
        switch mechanism {
        case .plain: user = Self.name(Self.plainUser(octets))
        case .login: user = Self.name(octets[...])
        case .cramMD5: user = Self.name(octets.lastIndex(of: .space).map { octets[..<$0] })
        case .scramSHA1, .scramSHA256: user = Self.scramUser(octets)
        case .xoauth2: user = Self.name(Self.value(of: "user=", in: octets.split(separator: 1)))
        case .oauthBearer: user = Self.bearerUser(octets)
        }
        isOver = true
    }

    private static func name(_ octets: ArraySlice<UInt8>?) -> String? {
        guard let octets, (1...longestName).contains(octets.count),
            let name = String(validating: octets, as: UTF8.self), !ControlCharacters.areIn(name)
        else { return nil }
        return name
    }

    /// `message = [authzid] UTF8NUL authcid UTF8NUL passwd` (RFC 4616 section 2)
    private static func plainUser(_ octets: [UInt8]) -> ArraySlice<UInt8>? {
        let parts = octets.split(separator: 0, omittingEmptySubsequences: false)
        return parts.count == 3 ? parts[1] : nil
    }

    /// `client-first-message = gs2-header "n=" saslname "," nonce …`, where `gs2-header = gs2-cbind-flag "," [authzid] ","`
    /// (RFC 5802 section 7)
    private static func scramUser(_ octets: [UInt8]) -> String? {
        let parts = octets.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        guard parts.count >= 4, let saslName = value(of: "n=", in: [parts[2]]) else { return nil }
        return name(unescaped(saslName))
    }

    /// `gs2-header kvsep *kvpair kvsep`, where the user is the `authzid` of the header (RFC 7628 section 3.1)
    private static func bearerUser(_ octets: [UInt8]) -> String? {
        guard let header = octets.split(separator: 1, omittingEmptySubsequences: false).first else { return nil }
        let parts = header.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        guard parts.count >= 2, let saslName = value(of: "a=", in: [parts[1]]) else { return nil }
        return name(unescaped(saslName))
    }

    /// What stands behind a word at the beginning of one of the parts.
    private static func value(of word: String, in parts: [ArraySlice<UInt8>]) -> ArraySlice<UInt8>? {
        parts.first { $0.starts(with: word.utf8) }?.dropFirst(word.utf8.count)
    }

    /// `saslname`: `=2C` stands for a comma and `=3D` for `=`, which stands nowhere else.
    private static func unescaped(_ name: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        var result: [UInt8] = []
        var rest = name
        while let octet = rest.popFirst() {
            guard octet == .equals else {
                result.append(octet)
                continue
            }
            if rest.starts(with: "2C".utf8) {
                result.append(UInt8(ascii: ","))
            } else if rest.starts(with: "3D".utf8) {
                result.append(.equals)
            } else {
                return nil
            }
            rest = rest.dropFirst(2)
        }
        return result[...]
    }
}

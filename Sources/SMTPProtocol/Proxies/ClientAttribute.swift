/// Something that XCLIENT or XFORWARD says of a client, as Postfix has defined them and Exim has taken XCLIENT over.
///
/// ```abnf
/// xclient-command  = "XCLIENT" 1*( SP attribute )
/// xforward-command = "XFORWARD" 1*( SP attribute )
/// attribute        = name "=" ( xtext / "[UNAVAILABLE]" / "[TEMPUNAVAIL]" )
/// ```
public struct ClientAttribute: Hashable, Sendable {
    public enum Name: String, CaseIterable, Hashable, Sendable {
        /// The name that leads back to the client's address.
        case name = "NAME"
        /// The name that the client's address points to.
        case reverseName = "REVERSE_NAME"
        case address = "ADDR"
        case port = "PORT"
        /// `SMTP` or `ESMTP`.
        case protocolName = "PROTO"
        case helo = "HELO"
        /// Who the client has authenticated as.
        case login = "LOGIN"
        /// Where the client has connected to.
        case destinationAddress = "DESTADDR"
        case destinationPort = "DESTPORT"
        /// XFORWARD: where the message came from, `LOCAL` or `REMOTE`.
        case source = "SOURCE"
        /// XFORWARD: how the sender of the command names the message in its log.
        case identifier = "IDENT"
    }

    public enum Value: Hashable, Sendable {
        case text(String)
        /// There is none.
        case unavailable
        /// It cannot be learnt for now.
        case temporarilyUnavailable
    }

    /// Octets of a value in xtext.
    public static let longestValue = 255

    public let name: Name
    public let value: Value

    /// A text that is too long to be told is not told.
    public init(_ name: Name, _ value: Value) {
        self.name = name
        if case .text(let text) = value, text.isEmpty || XText.encode(text).utf8.count > Self.longestValue {
            self.value = .unavailable
        } else {
            self.value = value
        }
    }

    /// The attribute as it is written; nil when it is none. What it decodes to has no control characters.
    init?(name: Name, written: some StringProtocol) {
        switch written.uppercased() {
        case "[UNAVAILABLE]": self.init(name, .unavailable)
        case "[TEMPUNAVAIL]": self.init(name, .temporarilyUnavailable)
        default:
            guard let text = XText.decode(written), !text.isEmpty, ControlCharacters.removed(from: text) == text else {
                return nil
            }
            self.init(name, .text(text))
        }
    }

    /// `IPV6:` before an IPv6 address, as Postfix wants it.
    public static func text(of address: IPAddress) -> String {
        address.isIPv4 ? "\(address)" : "IPV6:\(address)"
    }

    /// The address that `text(of:)` has written; `IPV6:` may stand in any case.
    public static func address(of text: String) -> IPAddress? {
        guard text.prefix(5).uppercased() == "IPV6:" else {
            guard let address = IPAddress(text), address.isIPv4 else { return nil }
            return address
        }
        return IPAddress(text.dropFirst(5))
    }

    /// `NAME=value`
    public var written: String {
        switch value {
        case .text(let text): "\(name.rawValue)=\(XText.encode(text))"
        case .unavailable: "\(name.rawValue)=[UNAVAILABLE]"
        case .temporarilyUnavailable: "\(name.rawValue)=[TEMPUNAVAIL]"
        }
    }
}

extension ClientAttribute {
    /// Reads what stands behind the verb.
    static func all(in text: String, of verb: Verb) throws(CommandSyntaxError) -> [ClientAttribute] {
        var attributes: [ClientAttribute] = []
        for word in text.split(separator: " ") {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let name = Name(rawValue: parts[0].uppercased()),
                let attribute = ClientAttribute(name: name, written: parts[1])
            else { throw .invalidParameter(String(parts[0].prefix(20))) }
            guard !attributes.contains(where: { $0.name == name }) else { throw .duplicateParameter(name.rawValue) }
            attributes.append(attribute)
        }
        guard !attributes.isEmpty else { throw .missingArgument(verb) }
        return attributes
    }
}

/// A transport address as an operator writes it.
///
///     endpoint = host ":" port / "[" IPv6 "]" ":" port / "unix:" path
public enum Endpoint: Hashable, Sendable {
    /// A host name or an IP address, without brackets.
    case internet(host: String, port: Int)
    /// The path of a socket in the file system.
    case unix(path: String)

    public static let form = "host:port, [v6]:port or unix:/path"

    public init?(_ text: some StringProtocol) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst("unix:".count))
            // sun_path holds 108 octets, the closing NUL among them.
            guard path.hasPrefix("/"), path.utf8.count <= 107, !path.utf8.contains(0) else { return nil }
            self = .unix(path: path)
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = Self.port(text[text.index(after: colon)...]) else {
            return nil
        }
        let host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            let address = host.dropFirst().dropLast()
            guard address.contains(":"), address.allSatisfy(Self.isAddressCharacter) else { return nil }
            self = .internet(host: String(address), port: port)
        } else {
            guard !host.isEmpty, host.utf8.count <= 255, host.allSatisfy(Self.isHostCharacter) else { return nil }
            self = .internet(host: String(host), port: port)
        }
    }

    /// The same endpoint at another port; a path has none.
    public func with(port: Int) -> Endpoint {
        if case .internet(let host, _) = self { .internet(host: host, port: port) } else { self }
    }

    private static func port(_ text: some StringProtocol) -> Int? {
        guard !text.isEmpty, text.count <= 5, text.allSatisfy({ $0.isASCII && $0.isNumber }), let port = Int(text),
            port <= 65_535
        else { return nil }
        return port
    }

    private static func isHostCharacter(_ character: Character) -> Bool {
        character.isASCII
            && (character.isLetter || character.isNumber || character == "." || character == "-" || character == "_")
    }

    private static func isAddressCharacter(_ character: Character) -> Bool {
        character.isASCII && (character.isHexDigit || character == ":" || character == "." || character == "%")
    }
}

extension Endpoint: CustomStringConvertible {
    public var description: String {
        switch self {
        case .internet(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}

import SMTPProtocol

/// How an upstream learns who the client is.
public enum UpstreamIdentification: Hashable, Sendable {
    /// It does not: for the upstream the client is Gatepost.
    case none
    /// By XCLIENT: the upstream treats the connection as the client's own.
    case xclient
    /// By XFORWARD: the upstream says in its log who the client is.
    case xforward
    /// By a header of the PROXY protocol: the upstream treats the connection as the client's own.
    case proxyV1
    case proxyV2

    /// Whether the client's name in the DNS is told too.
    public var tellsNames: Bool {
        switch self {
        case .xclient, .xforward: true
        case .none, .proxyV1, .proxyV2: false
        }
    }

    /// Whether Gatepost speaks in the client's place, and so calls itself what the client has.
    var isImpersonal: Bool {
        switch self {
        case .xclient, .proxyV1, .proxyV2: true
        case .none, .xforward: false
        }
    }
}

/// The networks whose word is believed on who the client is.
public struct TrustedProxies: Hashable, Sendable {
    /// Connections from here begin with a header of the PROXY protocol.
    public var header: [IPNetwork]
    /// Clients from here may use XCLIENT.
    public var xclient: [IPNetwork]

    public init(header: [IPNetwork] = [], xclient: [IPNetwork] = []) {
        self.header = header
        self.xclient = xclient
    }

    /// Whether a connection from an address begins with a header.
    public func sendsHeader(_ address: IPAddress?) -> Bool { Self.isIn(header, address) }

    func mayUseXClient(_ address: IPAddress?) -> Bool { Self.isIn(xclient, address) }

    private static func isIn(_ networks: [IPNetwork], _ address: IPAddress?) -> Bool {
        guard let address, !networks.isEmpty else { return false }
        return networks.contains { $0.contains(address) }
    }
}

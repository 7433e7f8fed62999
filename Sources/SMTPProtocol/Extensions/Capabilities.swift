/// What a server that offers SIZE says about the size of messages (RFC 1870 section 4).
public enum SizeLimit: Hashable, Sendable {
    /// No limit is in force: the parameter is 0 or missing.
    case unlimited
    case octets(Int)
}

/// What a server's response to EHLO means to a client.
public struct Capabilities: Hashable, Sendable {
    public var pipelining = false
    public var eightBitMIME = false
    public var smtpUTF8 = false
    public var dsn = false
    public var enhancedStatusCodes = false
    public var chunking = false
    public var binaryMIME = false
    public var startTLS = false
    public var requireTLS = false
    public var vrfy = false
    public var expn = false
    public var etrn = false
    public var help = false
    /// What may be said in XCLIENT and XFORWARD, in upper case; empty when they are not offered.
    public var xclient: [String] = []
    public var xforward: [String] = []
    /// Nil when SIZE is not offered.
    public var size: SizeLimit?
    /// In upper case and in the server's order.
    public var authMechanisms: [String] = []

    /// A server that knows HELO alone.
    public static let none = Capabilities()

    private init() {}

    public init(_ response: EHLOResponse) {
        for keyword in response.keywords { learn(keyword) }
    }

    /// Reads the 250 reply to EHLO, as `EHLOResponse` does.
    public init(parsing reply: Reply) {
        for line in reply.lines.dropFirst() {
            if let keyword = EHLOKeyword(parsing: line) { learn(keyword) }
        }
    }

    private mutating func learn(_ offered: EHLOKeyword) {
        switch offered.keyword {
        case "PIPELINING": pipelining = true
        case "8BITMIME": eightBitMIME = true
        case "SMTPUTF8": smtpUTF8 = true
        case "DSN": dsn = true
        case "ENHANCEDSTATUSCODES": enhancedStatusCodes = true
        case "CHUNKING": chunking = true
        case "BINARYMIME": binaryMIME = true
        case "STARTTLS": startTLS = true
        case "REQUIRETLS": requireTLS = true
        case "VRFY": vrfy = true
        case "EXPN": expn = true
        case "ETRN": etrn = true
        case "HELP": help = true
        case "XCLIENT": xclient = offered.parameters.map { $0.uppercased() }
        case "XFORWARD": xforward = offered.parameters.map { $0.uppercased() }
        case "SIZE": size = Self.sizeLimit(offered.parameters.first)
        case "AUTH": authMechanisms = offered.parameters.map { $0.uppercased() }
        default: break
        }
    }

    /// A number beyond what fits limits nothing; so does one that is none.
    private static func sizeLimit(_ parameter: String?) -> SizeLimit {
        guard let octets = parameter.flatMap({ Int($0) }), octets > 0 else { return .unlimited }
        return .octets(octets)
    }
}

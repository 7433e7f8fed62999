import TranscriptKit

/// An upstream that answers each request as it should, but for one fault.
///
/// Recipients and senders whose names begin with `no-` are refused with 5yz, those with `later-` with 4yz; a login
/// succeeds.
struct AutomaticUpstream {
    let traits: DialogueTraits
    /// The fault has made it close the connection, or fall silent.
    private(set) var isClosed = false
    private var isSilent = false
    private var isSecured = false
    /// Over all connections.
    private var replies = 0

    init(_ traits: DialogueTraits) {
        self.traits = traits
    }

    mutating func connected() -> [UInt8] {
        isClosed = false
        isSilent = false
        isSecured = traits.upstreamSecurity == .implicit
        return reply("220 up.example ESMTP")
    }

    mutating func secured() { isSecured = true }

    /// What it says to a request.
    mutating func answer(_ request: StrictReader.Request) -> [UInt8] {
        guard !isClosed, !isSilent else { return [] }
        switch request {
        case .hello: return reply(offer)
        case .startTLS: return reply("220 2.0.0 Go ahead")
        case .mail(let path), .recipient(let path):
            if path.hasPrefix("no-") { return reply("550 5.1.1 Unknown") }
            if path.hasPrefix("later-") { return reply("450 4.2.1 Busy") }
            return reply("250 2.1.0 Ok")
        case .data: return reply("354 Go ahead")
        case .authentication: return reply("235 2.7.0 Welcome")
        case .identity: return reply("220 up.example ESMTP")
        case .quit:
            defer { isClosed = true }
            return reply("221 2.0.0 Bye")
        case .greeting, .endOfData, .reset, .forwarding, .other: return reply("250 2.0.0 Ok")
        }
    }

    private var offer: String {
        var lines = [
            "up.example", "8BITMIME", "SIZE 5000", "ENHANCEDSTATUSCODES", "DSN", "SMTPUTF8", "AUTH PLAIN LOGIN",
        ]
        if traits.upstreamPipelines { lines.append("PIPELINING") }
        if traits.sendsChunks { lines.append("CHUNKING") }
        if traits.downgrades { lines.removeAll { $0 == "8BITMIME" || $0 == "SMTPUTF8" } }
        if traits.upstreamSecurity != .none, !isSecured { lines.append("STARTTLS") }
        if traits.identify == .xclient { lines.append("XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT") }
        if traits.identify == .xforward { lines.append("XFORWARD NAME ADDR PROTO HELO SOURCE PORT IDENT") }
        return lines.enumerated().map { "250\($0.offset == lines.count - 1 ? " " : "-")\($0.element)" }
            .joined(separator: "\r\n")
    }

    private mutating func reply(_ text: String) -> [UInt8] {
        defer { replies += 1 }
        let good = Array((text + "\r\n").utf8)
        guard replies == traits.faultPlace else { return good }
        switch traits.fault {
        case .none: return good
        case .closes:
            isClosed = true
            return []
        case .saysAndCloses:
            isClosed = true
            return good
        case .garbage: return [1, 2, 13, 10]
        case .transient: return Array("451 4.3.0 Later\r\n".utf8)
        case .permanent: return Array("554 5.7.1 Never\r\n".utf8)
        case .shuttingDown:
            isClosed = true
            return Array("421 4.3.2 Bye\r\n".utf8)
        case .wrongClass: return Array((text.hasPrefix("354") ? "250 Ok\r\n" : "354 Go ahead\r\n").utf8)
        case .silent:
            isSilent = true
            return []
        case .half:
            isSilent = true
            return Array(good.prefix(good.count / 2))
        case .twice: return good + good
        case .early: return good + Array("250 2.0.0 Too early\r\n".utf8)
        }
    }
}

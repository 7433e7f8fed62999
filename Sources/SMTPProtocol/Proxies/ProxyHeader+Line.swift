import NIOCore

/// Version 1: a line.
///
/// ```abnf
/// proxy-line = "PROXY" SP ( "TCP4" / "TCP6" ) SP source SP destination SP source-port SP destination-port CRLF
///            / "PROXY UNKNOWN" *%x20-7E CRLF
/// ```
extension ProxyHeader {
    static let linePrefix = Array("PROXY ".utf8)
    /// With its CRLF: what two IPv6 addresses in full need.
    static let longestLine = 107

    /// Parses a line that ends in LF.
    init(line: ByteBuffer) throws(ProxyHeaderFault) {
        let octets = line.readableBytesView
        guard octets.suffix(2).elementsEqual([.carriageReturn, .lineFeed]) else { throw .line }
        let text = octets.dropLast(2)
        guard text.allSatisfy({ (0x20...0x7E).contains($0) }) else { throw .line }
        let words = String(decoding: text, as: UTF8.self).split(separator: " ", omittingEmptySubsequences: false)
        guard words.count > 1 else { throw .line }
        switch words[1] {
        case "UNKNOWN":
            self.init()
        case "TCP4", "TCP6":
            guard words.count == 6, let source = Self.peer(words[2], words[4], words[1] == "TCP4"),
                let destination = Self.peer(words[3], words[5], words[1] == "TCP4")
            else { throw .line }
            self.init(Connection(from: source, to: destination))
        default:
            throw .line
        }
    }

    private static func peer(_ address: Substring, _ port: Substring, _ isIPv4: Bool) -> Peer? {
        // What stands behind TCP6 has a colon, an IPv4-mapped address too.
        guard address.contains(":") != isIPv4, let address = IPAddress(address),
            (1...5).contains(port.utf8.count), port.utf8.allSatisfy(\.isDigit),
            port.utf8.count == 1 || port.first != "0",
            let port = UInt16(port)
        else { return nil }
        return Peer(address, port)
    }

    /// Writes the line.
    public func writeLine(into buffer: inout ByteBuffer) {
        guard let connection else {
            buffer.writeStaticString("PROXY UNKNOWN\r\n")
            return
        }
        let (source, destination) = (connection.source, connection.destination)
        let isIPv4 = source.address.isIPv4 && destination.address.isIPv4
        let addresses = [source, destination].map { isIPv4 ? "\($0.address)" : $0.address.textInIPv6 }
        buffer.writeString(
            "PROXY TCP\(isIPv4 ? 4 : 6) \(addresses[0]) \(addresses[1]) \(source.port) \(destination.port)\r\n"
        )
    }
}

extension IPAddress {
    /// The address in IPv6's space: an IPv4 address is a mapped one.
    fileprivate var textInIPv6: String { isIPv4 ? "::ffff:\(self)" : description }
}

import NIOCore
import Testing

@testable import SMTPProtocol

@Suite("Headers of the PROXY protocol") struct ProxyHeaderTests {
    typealias Outcome = ProxyHeaderFramer.Outcome

    static func outcome(_ pieces: [ArraySlice<UInt8>]) -> Outcome {
        var framer = ProxyHeaderFramer()
        var seen: [UInt8] = []
        for (index, piece) in pieces.enumerated() {
            seen += piece
            switch framer.receive(ByteBuffer(bytes: piece)) {
            case .incomplete: continue
            case .malformed(let fault): return .malformed(fault)
            case .header(let header, let rest):
                return .header(header, rest: ByteBuffer(bytes: rest.octets + pieces[(index + 1)...].joined()))
            }
        }
        return .incomplete
    }

    static func outcome(_ text: String) -> Outcome { outcome([Array(text.utf8)[...]]) }

    private static func connection(_ source: String, _ destination: String) throws -> ProxyHeader {
        func peer(_ text: String) throws -> ProxyHeader.Peer {
            let parts = text.split(separator: " ")
            return .init(try #require(IPAddress(parts[0])), try #require(UInt16(parts[1])))
        }
        return ProxyHeader(.init(from: try peer(source), to: try peer(destination)))
    }

    // MARK: Version 1

    @Test(
        "a line tells both ends of a connection",
        arguments: [
            ("TCP4 198.51.100.9 203.0.113.1 4711 25", "198.51.100.9 4711", "203.0.113.1 25"),
            ("TCP4 0.0.0.0 255.255.255.255 0 65535", "0.0.0.0 0", "255.255.255.255 65535"),
            ("TCP6 2001:db8::9 ::1 4711 25", "2001:db8::9 4711", "::1 25"),
            ("TCP6 ::ffff:198.51.100.9 ::1 4711 25", "198.51.100.9 4711", "::1 25"),
        ])
    func line(_ text: String, _ source: String, _ destination: String) throws {
        let expected = try Self.connection(source, destination)
        #expect(Self.outcome("PROXY \(text)\r\nEHLO") == .header(expected, rest: ByteBuffer(string: "EHLO")))
    }

    @Test("a line may say that nothing is known", arguments: ["UNKNOWN", "UNKNOWN ffff::1 x y z"])
    func unknown(_ text: String) {
        #expect(Self.outcome("PROXY \(text)\r\n") == .header(ProxyHeader(), rest: ByteBuffer()))
    }

    @Test(
        "a line that is malformed is refused",
        arguments: [
            "TCP4 198.51.100.9 203.0.113.1 4711", "TCP4 198.51.100.9 203.0.113.1 4711 25 26",
            "TCP4  1.2.3.4 1.2.3.4 1 2",
            "TCP4 198.51.100.09 203.0.113.1 4711 25", "TCP4 198.51.100.9 203.0.113.1 04711 25",
            "TCP4 198.51.100.9 203.0.113.1 65536 25", "TCP4 198.51.100.9 203.0.113.1 -1 25",
            "TCP4 2001:db8::9 ::1 4711 25", "TCP6 198.51.100.9 203.0.113.1 4711 25", "TCP5 1.2.3.4 1.2.3.4 1 2",
            "tcp4 1.2.3.4 1.2.3.4 1 2", "UDP4 1.2.3.4 1.2.3.4 1 2", "", "TCP4 1.2.3.4 1.2.3.4 1 2 ", "UNKNOWN\0",
            "TCP4 1.2.3.4 1.2.3.4 1 99999999999999999999",
        ])
    func malformedLine(_ text: String) {
        #expect(Self.outcome("PROXY \(text)\r\n") == .malformed(.line))
    }

    @Test("only CRLF ends the line, within 107 octets") func bounds() {
        #expect(Self.outcome("PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n") == .malformed(.line))
        let longest = "PROXY UNKNOWN " + String(repeating: "x", count: 91) + "\r\n"
        #expect(longest.utf8.count == 107)
        #expect(Self.outcome(longest) == .header(ProxyHeader(), rest: ByteBuffer()))
        #expect(Self.outcome("PROXY UNKNOWN " + String(repeating: "x", count: 92) + "\r\n") == .malformed(.tooLong))
        #expect(Self.outcome("PROXY UNKNOWN " + String(repeating: "x", count: 92)) == .incomplete)
    }

    @Test(
        "what begins otherwise is no header",
        arguments: ["EHLO x\r\n", "proxy TCP4", "PROXYX", "\r\n\r\n\r", "\u{16}\u{3}"])
    func missing(_ text: String) {
        #expect(Self.outcome(text) == .malformed(.missing))
    }

    // MARK: Version 2

    static func binary(_ command: UInt8, _ family: UInt8, _ rest: [UInt8], length: Int? = nil) -> [UInt8] {
        let count = length ?? rest.count
        return ProxyHeader.signature + [command, family, UInt8(count >> 8), UInt8(count & 255)] + rest
    }

    static let ends: [UInt8] = [198, 51, 100, 9, 203, 0, 113, 1, 0x12, 0x67, 0, 25]

    private static func fault(_ octets: [UInt8]) -> ProxyHeaderFault? {
        if case .malformed(let fault) = outcome([octets[...]]) { fault } else { nil }
    }

    private static func header(_ octets: [UInt8]) -> ProxyHeader? {
        if case .header(let header, _) = outcome([octets[...]]) { header } else { nil }
    }

    @Test("version 2 tells both ends") func addresses() throws {
        let expected = try Self.connection("198.51.100.9 4711", "203.0.113.1 25")
        #expect(Self.header(Self.binary(0x21, 0x11, Self.ends)) == expected)
        // NOOP, AUTHORITY and what is not known are passed over.
        let fields: [UInt8] = [0x04, 0, 2, 0, 0, 0x02, 0, 1, 0x61, 0xE7, 0, 0]
        #expect(Self.header(Self.binary(0x21, 0x11, Self.ends + fields)) == expected)
        let six = [UInt8](repeating: 0, count: 15) + [1]
        let loopback = try Self.connection("::1 1", "::1 2")
        #expect(Self.header(Self.binary(0x21, 0x21, six + six + [0, 1, 0, 2])) == loopback)
    }

    @Test("LOCAL, no family and Unix sockets say nothing of a client") func local() {
        #expect(Self.header(Self.binary(0x20, 0x11, Self.ends)) == ProxyHeader())
        #expect(Self.header(Self.binary(0x20, 0x77, [1, 2, 3])) == ProxyHeader())
        #expect(Self.header(Self.binary(0x21, 0x00, [])) == ProxyHeader())
        #expect(Self.header(Self.binary(0x21, 0x31, [UInt8](repeating: 0, count: 216))) == ProxyHeader())
    }

    @Test("a version, command or family that is not known is refused") func strangers() {
        for command: UInt8 in [0x11, 0x22, 0x31, 0x00, 0xFF] {
            #expect(Self.fault(Self.binary(command, 0x11, Self.ends)) == .unknown)
        }
        for family: UInt8 in [0x10, 0x12, 0x22, 0x41, 0xFF] {
            #expect(Self.fault(Self.binary(0x21, family, Self.ends)) == .unknown)
        }
    }

    @Test("lengths must fit") func lengths() {
        #expect(Self.fault(Self.binary(0x21, 0x11, Array(Self.ends.dropLast()))) == .lengths)
        #expect(Self.fault(Self.binary(0x21, 0x21, Self.ends)) == .lengths)
        #expect(Self.fault(Self.binary(0x21, 0x31, Self.ends)) == .lengths)
        #expect(Self.fault(Self.binary(0x21, 0x11, Self.ends + [0x04, 0])) == .lengths)
        #expect(Self.fault(Self.binary(0x21, 0x11, Self.ends + [0x04, 0, 2, 0])) == .lengths)
        #expect(Self.fault(Self.binary(0x21, 0x11, Self.ends + [0x20, 0, 4, 1, 0, 0, 0])) == .lengths)
        #expect(Self.fault(Self.binary(0x21, 0x11, Self.ends + [0x20, 0, 6, 1, 0, 0, 0, 0, 0x21])) == .lengths)
        #expect(Self.fault(Self.binary(0x21, 0x11, [], length: 4097)) == .tooLong)
        #expect(Self.outcome([Self.binary(0x21, 0x11, Self.ends, length: 4096)[...]]) == .incomplete)
    }

    @Test(
        "TLS is told with the name of a certificate that was verified alone",
        arguments: [
            (UInt8(0x01), [UInt8](repeating: 0, count: 4), nil as String?), (0x03, [0, 0, 0, 0], "me"),
            (0x05, [0, 0, 0, 0], "me"), (0x03, [0, 0, 0, 1], nil),
        ])
    func encryption(_ client: UInt8, _ verify: [UInt8], _ name: String?) {
        var inner: [UInt8] = [client]
        inner += verify
        for (type, text) in [(UInt8(0x21), "TLSv1.3"), (0x22, "me"), (0x23, "C")] {
            inner += [type, 0, UInt8(text.utf8.count)]
            inner += text.utf8
        }
        let field: [UInt8] = [0x20, 0, UInt8(inner.count)]
        let header = Self.header(Self.binary(0x21, 0x11, Self.ends + field + inner))
        #expect(header?.encryption == .init(version: "TLSv1.3", cipher: "C", commonName: name))
    }

    @Test("a connection that is not encrypted has no facts of TLS, and texts are texts") func texts() {
        let none: [UInt8] = [0x20, 0, 5, 0, 0, 0, 0, 1]
        let header = Self.header(Self.binary(0x21, 0x11, Self.ends + none))
        #expect(header?.connection != nil && header?.encryption == nil)
        for text: [UInt8] in [[0x0D], [0xFF], [0xC2, 0x85], [UInt8](repeating: 0x61, count: 256)] {
            var inner: [UInt8] = [1, 0, 0, 0, 0, 0x22, UInt8(text.count >> 8), UInt8(text.count & 255)]
            inner += text
            var field: [UInt8] = [0x20, UInt8(inner.count >> 8), UInt8(inner.count & 255)]
            field += inner
            #expect(Self.fault(Self.binary(0x21, 0x11, Self.ends + field)) == .text)
        }
    }

    @Test("a checksum that is there must be right") func checksum() {
        var header = ByteBuffer(bytes: Self.binary(0x21, 0x11, Self.ends + [0x03, 0, 4, 0, 0, 0, 0]))
        let place = header.readableBytes - 4
        let sum = ProxyHeader.checksum(of: header, at: place)
        #expect(Self.fault(header.octets) == .checksum)
        header.setInteger(sum, at: place)
        #expect(Self.header(header.octets)?.connection != nil)
        // The check value of CRC-32C.
        #expect(ProxyHeader.checksum(of: ByteBuffer(string: "123456789"), at: 9) == 0xE306_9283)
    }

    // MARK: Properties

    @Test("the outcome is the same at every split") func splits() {
        var field: [UInt8] = [0x20, 0, 15, 1, 0, 0, 0, 0, 0x21, 0, 7]
        field += "TLSv1.2".utf8
        let all: [[UInt8]] = [
            Array("PROXY TCP4 198.51.100.9 203.0.113.1 4711 25\r\nEHLO x\r\n".utf8), Array("PROXY UNKNOWN\r\n".utf8),
            Array("PROXY TCP4 x\r\nEHLO".utf8), Array("PROXZ".utf8), Array("PROXY \n".utf8),
            Self.binary(0x21, 0x11, Self.ends + field) + [0x16],
            Self.binary(0x20, 0x00, []), Self.binary(0x33, 0x11, Self.ends), Array(repeating: 0x0D, count: 20),
            Array(("PROXY UNKNOWN " + String(repeating: "x", count: 100) + "\r\n").utf8),
        ]
        for octets in all {
            let whole = Self.outcome([octets[...]])
            for pieces in everySplit(of: octets) {
                let split = Self.outcome(pieces)
                guard split == whole else {
                    Issue.record("\(shown(octets)) in \(pieces.map(\.count)): \(split), not \(whole)")
                    return
                }
            }
        }
    }

    @Test("printing and parsing are inverse") func inverse() {
        var random = SplitMix64(seed: 2014)
        for _ in 0..<3000 {
            let header = random.proxyHeader()
            var binary = ByteBuffer()
            header.writeBinary(into: &binary)
            #expect(Self.header(binary.octets) == header)
            var line = ByteBuffer()
            header.writeLine(into: &line)
            #expect(Self.header(line.octets) == ProxyHeader(header.connection), "\(shown(line.octets))")
        }
    }

    @Test("no octets trap, and none but a whole header is taken") func fuzz() {
        var random = SplitMix64(seed: 2010)
        for _ in 0..<60_000 {
            var buffer = ByteBuffer()
            let header = random.proxyHeader()
            if random.chance(oneIn: 2) { header.writeBinary(into: &buffer) } else { header.writeLine(into: &buffer) }
            var octets = buffer.octets
            for _ in 0..<random.number(0...4) where !octets.isEmpty {
                let index = random.number(0...octets.count - 1)
                switch random.number(0...3) {
                case 0: octets[index] = UInt8(random.number(0...255))
                case 1: octets.insert(UInt8(random.number(0...255)), at: index)
                case 2: octets.remove(at: index)
                default: octets.removeSubrange(index...)
                }
            }
            let whole = Self.outcome([octets[...]])
            let split = Self.outcome(randomPieces(of: octets, upTo: 9, &random))
            guard whole == split else {
                Issue.record("\(shown(octets)): \(whole) or \(split)")
                return
            }
        }
    }
}

extension SplitMix64 {
    fileprivate mutating func proxyHeader() -> ProxyHeader {
        guard !chance(oneIn: 8) else { return ProxyHeader() }
        let isIPv4 = chance(oneIn: 2)
        func address(_ random: inout SplitMix64) -> IPAddress {
            isIPv4
                ? IPAddress(v4: UInt32.random(in: 0 ... .max, using: &random))
                : IPAddress(v6High: random.next(), low: random.next())
        }
        let source = ProxyHeader.Peer(address(&self), UInt16.random(in: 0 ... .max, using: &self))
        let destination = ProxyHeader.Peer(address(&self), UInt16.random(in: 0 ... .max, using: &self))
        var header = ProxyHeader(.init(from: source, to: destination))
        if chance(oneIn: 2) {
            let name = chance(oneIn: 2) ? text(of: "aé ,=", 1...40) : nil
            header.encryption = .init(version: "TLSv1.3", cipher: text(of: "AB_", 0...20), commonName: name)
        }
        return header
    }
}

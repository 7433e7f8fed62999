import NIOCore
import TLSEngine
import TLSTestKeys
import Testing

@Suite("A TLS connection")
struct TLSConnectionTests {
    @Test("agrees on a version and says what it is", arguments: TLSSettings.Version.allCases)
    func handshake(_ version: TLSSettings.Version) throws {
        let parties = try TestParties()
        var settings = TLSSettings()
        settings.minimum = version
        settings.maximum = version
        let server = try TLSServerContext(
            name: "mx",
            certificates: [try TLSCertificate(parties.authority.issue(["mx.example.com"]))],
            settings: settings
        )
        let pair = try TLSPair(server, parties.client())
        pair.settle()
        #expect(pair.server.state == .established)
        #expect(pair.client.state == .established)
        #expect(pair.server.facts?.version == "TLSv\(version.rawValue)")
        #expect(pair.server.facts?.cipher == pair.client.facts?.cipher)
        #expect(pair.server.facts?.fingerprint == nil)
        #expect(pair.client.facts?.subject == "CN=mx.example.com")
    }

    @Test("carries octets both ways whatever the pieces", arguments: [1, 2, 7, 100, 16_000, 40_000, Int.max])
    func bulk(piece: Int) throws {
        let parties = try TestParties()
        let pair = try TLSPair(parties.server, parties.client())
        pair.settle(piece: piece)
        let text = String(repeating: "0123456789abcdef", count: 8_000)
        pair.client.send(ByteBuffer(string: text))
        pair.server.send(ByteBuffer(string: "250 Ok\r\n"))
        pair.settle(piece: piece)
        #expect(pair.serverHeard.utf8.count == text.utf8.count && pair.serverHeard == text)
        #expect(pair.clientHeard == "250 Ok\r\n")
    }

    @Test("reads records that hold one octet each") func shortRecords() throws {
        let parties = try TestParties()
        let pair = try TLSPair(parties.server, parties.client())
        pair.settle()
        let text = String(repeating: "NOOP\r\n", count: 200)
        for octet in text.utf8 { pair.client.send(ByteBuffer(bytes: [octet])) }
        let sealed = try #require(pair.client.takeOutput())
        // Each has a header of five octets, the kind of its content, and a tag of sixteen.
        #expect(sealed.readableBytes == text.utf8.count * 23)
        #expect(pair.server.receive(sealed).map { String(buffer: $0) } == text)
        #expect(pair.server.state == .established)
    }

    @Test("hears what came together with the end, and says nothing behind its own")
    func end() throws {
        let parties = try TestParties()
        let pair = try TLSPair(parties.server, parties.client())
        pair.settle()
        pair.client.send(ByteBuffer(string: "QUIT\r\n"))
        pair.client.finish()
        pair.client.finish()
        pair.client.send(ByteBuffer(string: "NOOP\r\n"))
        pair.settle()
        #expect(pair.serverHeard == "QUIT\r\n")
        #expect(pair.server.state == .finished)
        pair.server.send(ByteBuffer(string: "221 Bye\r\n"))
        pair.server.finish()
        pair.settle()
        #expect(pair.clientHeard == "221 Bye\r\n")
        #expect(pair.client.state == .finished)
    }

    @Test("is not established by half of a handshake")
    func half() throws {
        let parties = try TestParties()
        let client = try TLSConnection(client: parties.client(), name: "mx.example.com")
        let server = try TLSConnection(server: parties.server, tickets: TLSTicketKeys())
        var hello = try #require(client.takeOutput())
        let most = hello.readSlice(length: hello.readableBytes - 1)
        #expect(server.receive(most ?? hello) == nil)
        #expect(server.state == .handshaking)
        #expect(server.takeOutput() == nil)
        server.send(ByteBuffer(string: "220 too early\r\n"))
        #expect(server.takeOutput() == nil)
    }

    @Test(
        "fails on what is no hello, and listens no more",
        arguments: [
            "EHLO client.example\r\n", "GET / HTTP/1.1\r\n\r\n", "\u{16}\u{3}\u{1}\0\u{5}abcde", "\0\0\0\0\0\0\0\0",
        ]
    )
    func garbage(_ text: String) throws {
        let parties = try TestParties()
        let server = try TLSConnection(server: parties.server, tickets: TLSTicketKeys())
        #expect(server.receive(ByteBuffer(string: text)) == nil)
        #expect(server.state.failure != nil)
        #expect(server.receive(ByteBuffer(string: text)) == nil)
        #expect(server.facts == nil)
    }

    @Test("fails on a record that was changed on its way, and gives nothing of it")
    func tampered() throws {
        let parties = try TestParties()
        let pair = try TLSPair(parties.server, parties.client())
        pair.settle()
        pair.client.send(ByteBuffer(string: "MAIL FROM:<a@example.com>\r\n"))
        var record = try #require(pair.client.takeOutput())
        let last = record.writerIndex - 1
        record.setInteger(record.getInteger(at: last, as: UInt8.self)! ^ 1, at: last)
        #expect(pair.server.receive(record) == nil)
        #expect(pair.server.state.failure != nil)
        #expect(pair.server.takeOutput() != nil, "an alert tells the other side")
    }

    @Test("survives any octets in place of any record", arguments: 0..<200)
    func noise(seed: UInt64) throws {
        var random = SeededGenerator(seed)
        let parties = try Self.shared.get()
        let pair = try TLSPair(parties.server, parties.client())
        var turns = 0
        while turns < 6 {
            turns += 1
            for (from, to) in [(pair.client, pair.server), (pair.server, pair.client)] {
                guard var octets = from.takeOutput() else { continue }
                for _ in 0..<Int.random(in: 0...2, using: &random) {
                    let index = Int.random(in: octets.readerIndex..<octets.writerIndex, using: &random)
                    octets.setInteger(UInt8.random(in: 0...255, using: &random), at: index)
                }
                _ = to.receive(octets)
            }
            pair.client.send(ByteBuffer(string: "NOOP\r\n"))
        }
        // Whatever came of it, a connection that is broken stays so.
        if pair.server.state.failure != nil {
            #expect(pair.server.receive(ByteBuffer(string: "x")) == nil)
        }
    }

    private static let shared = Result { try TestParties() }
}

struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) {
        state = seed &+ 0x9E37_79B9_7F4A_7C15
    }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}

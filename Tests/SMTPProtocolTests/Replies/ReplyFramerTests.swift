import NIOCore
import SMTPProtocol
import Testing

/// What a framer makes of octets handed over in pieces.
private struct Framed: Equatable {
    var replies: [Reply] = []
    var error: ReplySyntaxError?
    var hasRest = false

    init(_ pieces: [ArraySlice<UInt8>], maximumLines: Int = 100, maximumOctets: Int = 65536) {
        var framer = ReplyFramer(maximumLines: maximumLines, maximumOctets: maximumOctets)
        for piece in pieces {
            framer.receive(ByteBuffer(bytes: piece))
            do {
                while let reply = try framer.next() { replies.append(reply) }
            } catch {
                self.error = error
            }
        }
        hasRest = framer.hasBufferedBytes
    }
}

@Suite("Framing replies") struct ReplyFramerTests {
    static let streams: [(octets: String, replies: [String], error: ReplySyntaxError?)] = [
        ("220 mx ESMTP\r\n", ["220 mx ESMTP"], nil),
        ("250\r\n", ["250 "], nil),
        ("250 \r\n", ["250 "], nil),
        ("250-a\r\n250-b\r\n250 c\r\n", ["250 a / b / c"], nil),
        ("250-a\r\n250\r\n", ["250 a / "], nil),
        ("250-\r\n250 b\r\n", ["250  / b"], nil),
        ("250 a\r\n354 b\r\n550 5.1.1 c\r\n", ["250 a", "354 b", "550 5.1.1 c"], nil),
        ("250 a\tb\u{1B}\r\n", ["250 a b"], nil),
        ("250-a\u{1B}\r\n250 b\r\n", ["250 a / b"], nil),
        ("250-a\r\n250 b\u{9B}c\r\n", ["250 a / bc"], nil),
        ("250 \u{E4}\r\n250 b\u{7F}\r\n", ["250 \u{E4}", "250 b"], nil),
        ("250 a\r\n25", ["250 a"], nil),
        ("", [], nil),
        ("250 a\n", [], .bareLineEnd),
        ("250 a\r\n250 b\n250 c\r\n", ["250 a"], .bareLineEnd),
        ("250 a\rb\r\n", [], .bareLineEnd),
        ("250 a\r\r\n", [], .bareLineEnd),
        ("250 a\0\r\n", [], .nul),
        ("\r\n", [], .invalidCode),
        ("25\r\n", [], .invalidCode),
        ("2500 a\r\n", [], .invalidCode),
        ("250+a\r\n", [], .invalidCode),
        ("150 a\r\n", [], .invalidCode),
        ("600 a\r\n", [], .invalidCode),
        ("HTTP/1.1 400 Bad Request\r\n", [], .invalidCode),
        (" 250 a\r\n", [], .invalidCode),
        ("250-a\r\n251 b\r\n", [], .inconsistentCodes),
        ("250-a\r\nb\r\n", [], .invalidCode),
    ]

    @Test("octets become replies however they are split", arguments: streams)
    func splits(octets: String, replies: [String], error: ReplySyntaxError?) {
        for pieces in everySplit(of: Array(octets.utf8)) {
            let framed = Framed(pieces)
            #expect(framed.replies.map(\.description) == replies)
            #expect(framed.error == error)
        }
    }

    @Test("a framer that failed says so for ever") func dead() {
        var framer = ReplyFramer()
        framer.receive(ByteBuffer(string: "junk\r\n250 ok\r\n"))
        #expect(throws: ReplySyntaxError.invalidCode) { try framer.next() }
        framer.receive(ByteBuffer(string: "250 ok\r\n"))
        #expect(throws: ReplySyntaxError.invalidCode) { try framer.next() }
        #expect(!framer.hasBufferedBytes)
    }

    @Test("what follows the reply returned is reported") func rest() throws {
        var framer = ReplyFramer()
        #expect(!framer.hasBufferedBytes)
        framer.receive(ByteBuffer(string: "250 a\r\n250 b"))
        #expect(try framer.next() != nil)
        #expect(framer.hasBufferedBytes)
        framer.receive(ByteBuffer(string: "\r\n"))
        #expect(try framer.next() != nil)
        #expect(!framer.hasBufferedBytes)
        framer.receive(ByteBuffer(string: "250-a\r\n"))
        #expect(try framer.next() == nil)
        #expect(framer.hasBufferedBytes)
    }

    @Test("a reply has a bound of lines") func lines() {
        let most = Array((String(repeating: "250-a\r\n", count: 3) + "250 b\r\n").utf8)
        #expect(Framed([most[...]], maximumLines: 4).replies.count == 1)
        for pieces in everySplit(of: most) {
            #expect(Framed(pieces, maximumLines: 3).error == .tooManyLines)
        }
    }

    @Test("a reply has a bound of octets") func octets() {
        let reply = Array("250-abc\r\n250 de\r\n".utf8)
        for pieces in everySplit(of: reply) {
            #expect(Framed(pieces, maximumOctets: reply.count).replies.count == 1)
            #expect(Framed(pieces, maximumOctets: reply.count - 1).error == .tooLong)
        }
    }

    @Test("an endless line ends the framer at the bound") func endless() {
        var framer = ReplyFramer(maximumOctets: 1000)
        var received = 0
        while received < 100_000 {
            framer.receive(ByteBuffer(repeating: 0x32, count: 100))
            received += 100
            do {
                let reply = try framer.next()
                #expect(reply == nil)
            } catch {
                #expect(error == .tooLong)
                break
            }
        }
        #expect(received == 1000)
    }

    @Test("any octets in any pieces give the same replies and end") func fuzz() {
        var random = SplitMix64(seed: 5248)
        let alphabet = Array("2255500 -a\r\n".utf8) + [0x00, 0xE4]
        let snippets = ["250 ok\r\n", "250-a\r\n", "550 5.1.1 no\r\n", "\r\n", "354 go\r\n", "250-"].map {
            Array($0.utf8)
        }
        for _ in 0..<100_000 {
            var octets: [UInt8] = []
            for _ in 0..<random.number(1...4) {
                octets += random.chance(oneIn: 4) ? random.octets(of: alphabet, 1...5) : random.pick(snippets)
            }
            let whole = Framed([octets[...]], maximumLines: 3, maximumOctets: 40)
            let pieces = Framed(randomPieces(of: octets, upTo: 6, &random), maximumLines: 3, maximumOctets: 40)
            guard whole == pieces, whole.replies.count <= octets.count / 5 else {
                Issue.record("\(shown(octets)): \(whole), in pieces \(pieces)")
                return
            }
        }
    }
}

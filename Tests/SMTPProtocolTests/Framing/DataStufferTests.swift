import NIOCore
import SMTPProtocol
import Testing

private func stuffed(_ pieces: [ArraySlice<UInt8>]) -> [UInt8] {
    var stuffer = DataStuffer()
    return pieces.flatMap { stuffer.stuff(ByteBuffer(bytes: $0)).octets } + stuffer.end().octets
}

@Suite("Stuffing content") struct DataStufferTests {
    @Test(
        "a dot goes before each line that begins with one, and a line with a dot ends the message",
        arguments: [
            ("", ".\r\n"), ("a\r\n", "a\r\n.\r\n"), ("a", "a\r\n.\r\n"), (".", "..\r\n.\r\n"), (".\r\n", "..\r\n.\r\n"),
            ("..\r\n", "...\r\n.\r\n"), ("a\r\n.b\r\n", "a\r\n..b\r\n.\r\n"), ("a.\r\n", "a.\r\n.\r\n"),
            ("\n.\r\n", "\n.\r\n.\r\n"),
            ("\r.\r\n", "\r.\r\n.\r\n"), ("a\r", "a\r\r\n.\r\n"), ("a\n", "a\n\r\n.\r\n"),
            (".\r\n.\r\n.", "..\r\n..\r\n..\r\n.\r\n"),
        ])
    func stuffing(content: String, sent: String) {
        #expect(ContentOracle.stuffed(Array(content.utf8)) == Array(sent.utf8))
        for pieces in everySplit(of: Array(content.utf8)) { #expect(stuffed(pieces) == Array(sent.utf8)) }
    }

    @Test("every short content is stuffed by the definition, and unstuffed to itself") func everyShortContent() {
        for content in everyString(of: [0x0D, 0x0A, 0x2E, 0x00, 0x61], upTo: 5) {
            let expected = ContentOracle.stuffed(content)
            for pieces in everySplit(of: content) where stuffed(pieces) != expected {
                Issue.record("\(pieces.map(shown)) is \(shown(stuffed(pieces))), not \(shown(expected))")
                return
            }
            let completed = content.isEmpty || content.suffix(2) == [0x0D, 0x0A] ? content : content + [0x0D, 0x0A]
            let unstuffed = ContentOracle(expected)
            guard unstuffed.content == completed, unstuffed.rest == [] else {
                Issue.record("\(shown(content)) comes back as \(shown(unstuffed.content))")
                return
            }
        }
    }

    @Test("long content comes back from the framer as it was, and needs no second look", arguments: [90, 5000])
    func roundTrip(longestRun: Int) {
        var random = SplitMix64(seed: 452)
        for _ in 0..<500 {
            var content: [UInt8] = []
            for _ in 0..<random.number(0...12) {
                content += Array(repeating: 0x61, count: random.number(0...longestRun))
                content += Array(random.pick(["\r\n", "\r\n.", "\r\n..", ".", "\n.", "\r."]).utf8)
            }
            content += [0x0D, 0x0A]
            let sent = stuffed(randomPieces(of: content, upTo: 2 * longestRun, &random))
            var framer = ClientFramer()
            framer.beginData(measuringLongestLine: false)
            var received: [UInt8] = []
            var ends = 0
            var onward = DataStuffer()
            var sentOnward: [UInt8] = []
            for piece in randomPieces(of: sent, upTo: 2 * longestRun, &random) {
                framer.receive(ByteBuffer(bytes: piece))
                while let frame = framer.next(.data) {
                    if case .content(let buffer) = frame {
                        received += buffer.octets
                        sentOnward += onward.stuff(buffer, mayHoldDots: framer.contentMayHoldDots).octets
                    }
                    if frame == .endOfData { ends += 1 }
                }
            }
            sentOnward += onward.end().octets
            guard received == content, ends == 1, sent == ContentOracle.stuffed(content), sentOnward == sent else {
                Issue.record("\(shown(content)) is sent as \(shown(sent)) and comes back as \(shown(received))")
                return
            }
        }
    }

    @Test("content with nothing to stuff is handed on as it is") func zeroCopy() {
        var stuffer = DataStuffer()
        let content = ByteBuffer(string: String(repeating: "a.b\r\n", count: 100))
        #expect(stuffer.stuff(content).storageAddress == content.storageAddress)
        #expect(stuffer.stuff(content).storageAddress == content.storageAddress)
        #expect(stuffer.stuff(ByteBuffer()).readableBytes == 0)
    }

    @Test("after the end another message may begin") func again() {
        var stuffer = DataStuffer()
        _ = stuffer.stuff(ByteBuffer(string: "a"))
        _ = stuffer.end()
        #expect(stuffer.stuff(ByteBuffer(string: ".")).octets == Array("..".utf8))
        #expect(stuffer.end().octets == Array("\r\n.\r\n".utf8))
        #expect(stuffer.end().octets == Array(".\r\n".utf8))
    }
}

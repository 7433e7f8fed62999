import NIOCore
import SMTPProtocol
import Testing

private func normalised(_ pieces: [ArraySlice<UInt8>]) -> [UInt8] {
    var normaliser = LineEndNormaliser()
    return pieces.flatMap { normaliser.normalise(ByteBuffer(bytes: $0)).octets }
}

/// What the lines are, one octet at a time.
private func clear(_ content: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var index = 0
    while index < content.count {
        let isPair = content[index...].starts(with: [0x0D, 0x0A])
        guard isPair || content[index] == 0x0D || content[index] == 0x0A else {
            result.append(content[index])
            index += 1
            continue
        }
        result += [0x0D, 0x0A]
        index += isPair ? 2 : 1
        if !isPair, content[index...].starts(with: [0x2E, 0x2E]) {
            result.append(0x2E)
            index += 2
        }
    }
    return result
}

@Suite("Line ends made whole") struct LineEndNormaliserTests {
    @Test(
        "a CR or LF alone becomes CRLF, and the stuffing behind it is undone",
        arguments: [
            ("a\r\nb\r\n", "a\r\nb\r\n"), ("a\nb\n", "a\r\nb\r\n"), ("a\rb\r", "a\r\nb\r\n"), ("\n\n", "\r\n\r\n"),
            ("\r\r\n", "\r\n\r\n"), ("\n\r\n", "\r\n\r\n"), ("a\n.\nb", "a\r\n.\r\nb"), ("a\n..b", "a\r\n.b"),
            ("a\n...", "a\r\n.."), ("a\r\n..b", "a\r\n..b"), ("a\r..\r\n", "a\r\n.\r\n"), ("", ""),
        ])
    func lines(content: String, expected: String) {
        #expect(clear(Array(content.utf8)) == Array(expected.utf8))
        for pieces in everySplit(of: Array(content.utf8)) { #expect(normalised(pieces) == Array(expected.utf8)) }
    }

    @Test("every short content is normalised by the definition, however it is split") func everyShortContent() {
        for content in everyString(of: [0x0D, 0x0A, 0x2E, 0x61], upTo: 6) {
            let expected = clear(content)
            for pieces in everySplit(of: content) where normalised(pieces) != expected {
                Issue.record("\(pieces.map(shown)) is \(shown(normalised(pieces))), not \(shown(expected))")
                return
            }
        }
    }

    @Test("no line end is left alone, and what is whole stays the buffer that came in") func wholeness() {
        var random = SplitMix64(seed: 2821)
        for _ in 0..<500 {
            let content = (0..<random.number(1...300)).map { _ in random.pick([0x0D, 0x0A, 0x2E, 0x61, 0x00, 0xFF]) }
            let once = normalised(randomPieces(of: content.map { UInt8($0) }, upTo: 40, &random))
            #expect(normalised([once[...]]).count <= once.count)
            for index in once.indices {
                if once[index] == 0x0A { #expect(index > 0 && once[index - 1] == 0x0D) }
                if once[index] == 0x0D { #expect(index + 1 < once.count && once[index + 1] == 0x0A) }
            }
        }
        let whole = ByteBuffer(string: "a\r\n.b\r\n\r\n")
        var normaliser = LineEndNormaliser()
        #expect(normaliser.normalise(whole).storageAddress == whole.storageAddress)
        #expect(normaliser.addedOctets == 0)
    }

    @Test("what is added is counted, and lines are measured as they come out") func counts() {
        for pieces in everySplit(of: Array("abc\nde\rfghij\r\n".utf8)) {
            var normaliser = LineEndNormaliser()
            for piece in pieces { _ = normaliser.normalise(ByteBuffer(bytes: piece)) }
            #expect(normaliser.longestLine == 5)
            #expect(normaliser.addedOctets == 2)
        }
    }
}

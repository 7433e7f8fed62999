import NIOCore
import SMTPProtocol
import Testing

/// What the framer makes of content handed over in pieces.
private struct FramedContent: Equatable {
    var content: [UInt8] = []
    var statistics = ContentStatistics()
    /// How many octets stand behind the end, nil when it has not come.
    var octetsBehind: Int?
    /// What went wrong on the way, apart from what came out.
    var fault: String?

    init(_ pieces: [ArraySlice<UInt8>]) {
        var framer = ClientFramer()
        var isEnded = false
        framer.beginData(measuringLongestLine: true)
        for piece in pieces {
            framer.receive(ByteBuffer(bytes: piece))
            while !isEnded, let frame = framer.next(.data) {
                switch frame {
                case .content(let buffer):
                    if buffer.readableBytes == 0 { fault = "empty content" }
                    content += buffer.octets
                    if framer.content.octets != content.count { fault = "statistics were not updated before the frame" }
                case .endOfData: isEnded = true
                default: fault = "\(frame)"
                }
            }
            if !isEnded, framer.bufferedByteCount != 0 { fault = "octets were left" }
        }
        statistics = framer.content
        if isEnded { octetsBehind = framer.bufferedByteCount }
    }

    init(_ oracle: ContentOracle) {
        content = oracle.content
        statistics = oracle.statistics
        octetsBehind = oracle.rest?.count
    }
}

@Suite("Framing content") struct DataFramingTests {
    @Test("what waits in large pieces is framed as if it had come at once", arguments: 0...14)
    func largePiecesWait(cut: Int) throws {
        let line = "..\(String(repeating: "x", count: 70))\r\n"
        let content = String(repeating: line, count: 200)
        let behind = String(repeating: "NOOP\r\n", count: 1500)
        let octets = Array("\(content)a\r\n.\r\n\(behind)QUIT\r\n".utf8)
        // Around the end of the content, and within a line behind it.
        let cuts = [
            content.utf8.count / 2 + cut, content.utf8.count - 4 + cut, octets.count - 4500 + cut, octets.count - 3,
        ]
        var framer = ClientFramer()
        framer.beginData(measuringLongestLine: true)
        for (start, end) in zip([0] + cuts, cuts + [octets.count]) {
            framer.receive(ByteBuffer(bytes: octets[start..<end]))
        }
        #expect(framer.bufferedByteCount == octets.count)

        var framed: [UInt8] = []
        var frame = framer.next(.data)
        while case .content(let piece) = frame {
            framed += piece.octets
            frame = framer.next(.data)
        }
        #expect(frame == .endOfData)
        #expect(framed == Array(content.replacing("..", with: ".").utf8) + Array("a\r\n".utf8))
        #expect(framer.content.octets == framed.count && framer.content.longestLine == 71)
        for _ in 0..<1500 { #expect(framer.next(.line(limit: 100)) == .line(ByteBuffer(string: "NOOP"))) }
        #expect(framer.next(.line(limit: 100)) == .line(ByteBuffer(string: "QUIT")))
        #expect(framer.next(.line(limit: 100)) == nil && framer.bufferedByteCount == 0)
    }

    @Test("what waits in large pieces is forgotten with the rest")
    func largePiecesAreForgotten() {
        var framer = ClientFramer()
        for _ in 0..<3 { framer.receive(ByteBuffer(repeating: UInt8(ascii: "x"), count: 8192)) }
        framer.discardBuffered()
        #expect(framer.bufferedByteCount == 0)
        framer.receive(ByteBuffer(string: "NOOP\r\n"))
        #expect(framer.next(.line(limit: 100)) == .line(ByteBuffer(string: "NOOP")))
    }

    @Test(
        "only CRLF.CRLF, or a first line of a dot, ends the content",
        arguments: [
            ("a\r\n.\r\n", "a\r\n", true), (".\r\n", "", true), ("a\n.\n", "a\n.\n", false),
            ("a\n.\r\n", "a\n.\r\n", false),
            ("a\r.\r", "a\r.\r", false), ("a\r\n.\n", "a\r\n\n", false), ("a\r\n.\r", "a\r\n", false),
            ("a\r\n.", "a\r\n", false),
            ("a\r\n\0.\r\n", "a\r\n\0.\r\n", false), ("a\r\n.\0\r\n", "a\r\n\0\r\n", false),
            ("a\r\n.\r\r\n", "a\r\n\r\r\n", false),
            ("a\r.\r\n", "a\r.\r\n", false), ("a\n\r.\r\n", "a\n\r.\r\n", false), ("a\r\n..\r\n", "a\r\n.\r\n", false),
            ("a\r\n.b\r\n", "a\r\nb\r\n", false), ("..\r\n", ".\r\n", false), ("a.\r\n", "a.\r\n", false),
            ("a\r\n .\r\n", "a\r\n .\r\n", false), ("a\r\n.\r\n.\r\n", "a\r\n", true), (".\n", "\n", false),
            (".\r.\r\n", "\r.\r\n", false),
            ("\r\n.\r\n", "\r\n", true), ("a\r\n.\r\n.", "a\r\n", true), ("a\r\r\n.\r\n", "a\r\r\n", true),
        ])
    func ends(input: String, content: String, isEnd: Bool) {
        for pieces in everySplit(of: Array(input.utf8)) {
            let framed = FramedContent(pieces)
            #expect(framed.content == Array(content.utf8))
            #expect((framed.octetsBehind != nil) == isEnd)
            #expect(framed.fault == nil)
        }
    }

    @Test("every short content is framed by the definition, however it is split") func everyShortContent() {
        let end = Array("\r\n.\r\nabc".utf8)
        for content in everyString(of: [0x0D, 0x0A, 0x2E, 0x00, 0x61], upTo: 5) {
            let input = content + end
            let expected = FramedContent(ContentOracle(input))
            for pieces in everySplit(of: input) where FramedContent(pieces) != expected {
                Issue.record("\(pieces.map(shown)) is \(FramedContent(pieces)), not \(expected)")
                return
            }
        }
    }

    @Test("every beginning of content is framed by the definition") func everyBeginning() {
        for input in everyString(of: [0x0D, 0x0A, 0x2E, 0x61], upTo: 5) {
            let expected = FramedContent(ContentOracle(input))
            for pieces in [[input[...]], input.indices.map { input[$0...$0] }] where FramedContent(pieces) != expected {
                Issue.record("\(pieces.map(shown)) is \(FramedContent(pieces)), not \(expected)")
                return
            }
        }
    }

    @Test("content longer than the blocks of the scan is framed by the definition") func longContent() {
        var random = SplitMix64(seed: 45321)
        let snippets = ["\r\n", "\r\n.", "\r\n..", "\n", "\r", ".", "\n.", "\0", "\u{E4}", "\r\n.\r", "\n.\r\n"].map {
            Array($0.utf8)
        }
        for round in 0..<800 {
            var input: [UInt8] = []
            // Rare oddities among long plain runs, so that each kind of block comes to pass.
            for _ in 0..<random.number(1...8) {
                input += Array(repeating: 0x61, count: random.number(0...150))
                input += random.pick(round % 3 == 0 ? Array(snippets.prefix(3)) : snippets)
            }
            input += Array("\r\n.\r\nx".utf8)
            let expected = FramedContent(ContentOracle(input))
            for pieces in [[input[...]], randomPieces(of: input, upTo: 100, &random)]
            where FramedContent(pieces) != expected {
                Issue.record("\(pieces.map(shown)) is \(FramedContent(pieces)), not \(expected)")
                return
            }
        }
    }

    @Test("each place in a block shows each oddity") func everyLane() {
        for oddity in [[0x0A], [0x0D], [0x00], [0x80], [0xFF], [0x0D, 0x0A, 0x2E], [0x0A, 0x2E], [0x0D, 0x0A]]
            as [[UInt8]]
        {
            for place in 0..<150 {
                var input = [UInt8](repeating: 0x61, count: 160)
                input.replaceSubrange(place..<(place + oddity.count), with: oddity)
                let expected = FramedContent(ContentOracle(input))
                guard FramedContent([input[...]]) == expected else {
                    Issue.record("\(shown(oddity)) at \(place) is \(FramedContent([input[...]])), not \(expected)")
                    return
                }
            }
        }
    }

    @Test("content without a stuffed dot is the buffer that came in") func zeroCopy() {
        let buffer = ByteBuffer(string: String(repeating: "no dot here\r\n", count: 500))
        var framer = ClientFramer()
        framer.beginData(measuringLongestLine: false)
        framer.receive(buffer)
        guard case .content(let content) = framer.next(.data) else {
            Issue.record("no content")
            return
        }
        #expect(content == buffer)
        #expect(content.storageAddress == buffer.storageAddress)
        #expect(framer.bufferedByteCount == 0)
        #expect(framer.next(.data) == nil)
    }

    @Test("long runs between stuffed dots are slices of the buffer that came in") func slices() {
        let line = String(repeating: "a", count: 5000) + "\r\n"
        let buffer = ByteBuffer(string: line + "." + line + ".." + line + ".\r\n")
        var framer = ClientFramer()
        framer.beginData(measuringLongestLine: false)
        framer.receive(buffer)
        var frames: [ByteBuffer] = []
        while case .content(let content)? = framer.next(.data) {
            #expect(content.storageAddress.map { $0 >= buffer.storageAddress! } == true)
            frames.append(content)
        }
        #expect(frames.map(String.init(buffer:)) == [line, line, "." + line])
    }

    @Test("many stuffed dots do not make many frames") func dotted() {
        let input = Array((String(repeating: "..\r\n", count: 2000) + ".\r\n").utf8)
        var framer = ClientFramer()
        framer.beginData(measuringLongestLine: false)
        framer.receive(ByteBuffer(bytes: input))
        #expect(framer.next(.data) == .content(ByteBuffer(string: String(repeating: ".\r\n", count: 2000))))
        #expect(framer.next(.data) == .endOfData)
    }

    @Test("the longest line is measured when it is asked for") func longestLine() {
        for isMeasured in [true, false] {
            var framer = ClientFramer()
            framer.beginData(measuringLongestLine: isMeasured)
            framer.receive(ByteBuffer(string: "ab\r\n..234\r\nab\r\n.\r\n"))
            while framer.next(.data) != nil {}
            #expect(framer.content.longestLine == (isMeasured ? 4 : 0))
        }
    }

    @Test("each message has its own statistics") func reset() {
        var framer = ClientFramer()
        framer.beginData(measuringLongestLine: true)
        framer.receive(ByteBuffer(bytes: Array("a\0\nb".utf8) + [0xE4] + Array("\r\n.\r\n".utf8)))
        while framer.next(.data) != .endOfData {}
        #expect(framer.content.hasNUL && framer.content.hasEightBit && framer.content.hasBareLineEnd)
        framer.beginData(measuringLongestLine: true)
        #expect(framer.content == ContentStatistics())
        framer.receive(ByteBuffer(string: "abc\r\n.\r\n"))
        while framer.next(.data) != .endOfData {}
        var expected = ContentStatistics()
        expected.octets = 5
        expected.longestLine = 3
        #expect(framer.content == expected)
    }
}

extension ByteBuffer {
    /// Where the readable octets are, to tell a slice from a copy.
    var storageAddress: UInt? { withUnsafeReadableBytes { $0.baseAddress.map { UInt(bitPattern: $0) } } }
}

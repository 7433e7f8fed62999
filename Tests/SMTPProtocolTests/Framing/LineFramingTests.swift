import NIOCore
import SMTPProtocol
import Testing

/// The frames of lines, read one octet at a time from the rules: the clear version of the framer's line mode.
private func clearLines(_ input: [UInt8], limit: Int) -> [ClientFramer.Frame] {
    var frames: [ClientFramer.Frame] = []
    var line: [UInt8] = []
    var discarded: ClientFramer.Frame?
    for octet in input {
        line.append(octet)
        if octet == 0x0A {
            let endsLine = line.suffix(2) == [0x0D, 0x0A]
            if let reason = discarded {
                if endsLine {
                    if reason == .overlongLine { frames.append(reason) }
                    discarded = nil
                    line = []
                }
            } else if line.count > limit, endsLine {
                frames.append(.overlongLine)
                line = []
            } else if line.count > limit {
                discarded = .overlongLine
            } else if endsLine {
                frames.append(.line(ByteBuffer(bytes: line.dropLast(2))))
                line = []
            } else {
                frames.append(.bareLineFeed)
                discarded = .bareLineFeed
                line = []
            }
        } else if line.count >= limit, discarded == nil {
            discarded = .overlongLine
        }
    }
    return frames
}

private func framedLines(_ pieces: [ArraySlice<UInt8>], limit: Int) -> [ClientFramer.Frame] {
    var framer = ClientFramer()
    var frames: [ClientFramer.Frame] = []
    for piece in pieces {
        framer.receive(ByteBuffer(bytes: piece))
        while let frame = framer.next(.line(limit: limit)) { frames.append(frame) }
        if framer.bufferedByteCount >= limit {
            Issue.record("\(framer.bufferedByteCount) octets are kept")
        }
    }
    return frames
}

@Suite("Framing lines") struct LineFramingTests {
    private static func line(_ text: String) -> ClientFramer.Frame { .line(ByteBuffer(string: text)) }

    static let inputs: [(input: String, frames: [ClientFramer.Frame])] = [
        ("EHLO a\r\nQUIT\r\n", [line("EHLO a"), line("QUIT")]),
        ("\r\n", [line("")]),
        ("EHLO a", []),
        ("EHLO a\r", []),
        ("12345678\r\n", [line("12345678")]),
        ("123456789\r\nQUIT\r\n", [.overlongLine, line("QUIT")]),
        ("1234567890123456789012345678901234567890\r\nQUIT\r\n", [.overlongLine, line("QUIT")]),
        ("1234567890\n\nx\r\nQUIT\r\n", [.overlongLine, line("QUIT")]),
        ("123456789\n", [.bareLineFeed]),
        ("1234567890\n", []),
        ("EHLO a\n", [.bareLineFeed]),
        ("EHLO a\nQUIT\nNOOP\r\nRSET\r\n", [.bareLineFeed, line("RSET")]),
        ("\n", [.bareLineFeed]),
        ("\n\n\n", [.bareLineFeed]),
        ("\n\r\nQUIT\r\n", [.bareLineFeed, line("QUIT")]),
        ("\n1234567890\r\nQUIT\r\n", [.bareLineFeed, line("QUIT")]),
        ("a\rb\r\n", [line("a\rb")]),
        ("a\r\r\n", [line("a\r")]),
        ("a\r\n\nb\r\nc\r\n", [line("a"), .bareLineFeed, line("c")]),
        ("a\0b\r\n", [line("a\0b")]),
    ]

    @Test("octets become lines however they are split", arguments: inputs)
    func splits(input: String, frames: [ClientFramer.Frame]) {
        let octets = Array(input.utf8)
        #expect(clearLines(octets, limit: 10) == frames)
        for pieces in everySplit(of: octets) { #expect(framedLines(pieces, limit: 10) == frames) }
    }

    @Test("every short input is framed by the rules, however it is split") func everyShortInput() {
        for input in everyString(of: [0x0D, 0x0A, 0x61], upTo: 6) {
            let octets = input + [0x0D, 0x0A, 0x62, 0x0D, 0x0A]
            let expected = clearLines(octets, limit: 4)
            for pieces in everySplit(of: octets) where framedLines(pieces, limit: 4) != expected {
                Issue.record("\(pieces.map(shown)) is \(framedLines(pieces, limit: 4)), not \(expected)")
                return
            }
        }
    }

    @Test("an endless line is discarded in constant memory and answered once") func endless() {
        var framer = ClientFramer()
        for _ in 0..<1000 {
            framer.receive(ByteBuffer(repeating: 0x61, count: 1000))
            #expect(framer.next(.line(limit: 512)) == nil)
            #expect(framer.bufferedByteCount == 0)
        }
        framer.receive(ByteBuffer(string: "\r\nQUIT\r\n"))
        #expect(framer.next(.line(limit: 512)) == .overlongLine)
        #expect(framer.next(.line(limit: 512)) == Self.line("QUIT"))
        #expect(framer.next(.line(limit: 512)) == nil)
    }

    @Test("lines are slices of the buffer that came in") func zeroCopy() {
        let buffer = ByteBuffer(string: "NOOP\r\nQUIT\r\n")
        var framer = ClientFramer()
        framer.receive(buffer)
        guard case .line(let first) = framer.next(.line(limit: 512)),
            case .line(let second) = framer.next(.line(limit: 512))
        else {
            Issue.record("no lines")
            return
        }
        #expect(first.storageAddress == buffer.storageAddress)
        #expect(second.storageAddress == buffer.storageAddress.map { $0 + 6 })
    }

    @Test("octets that were used do not pile up when the buffer never runs empty", arguments: [1, 500])
    func neverEmpty(linesAtOnce: Int) {
        var framer = ClientFramer()
        framer.receive(ByteBuffer(string: "NOOP\r\nNO"))
        for _ in 0..<2000 {
            framer.receive(ByteBuffer(string: String(repeating: "OP\r\nNO", count: linesAtOnce)))
            for _ in 0..<linesAtOnce {
                guard case .line(let line) = framer.next(.line(limit: 512)), line.storageCapacity <= 20_000 else {
                    Issue.record("no line, or one of a large buffer")
                    return
                }
            }
        }
    }

    @Test("an incomplete line does not keep a large buffer alive") func largeStorage() {
        var framer = ClientFramer()
        framer.receive(ByteBuffer(string: String(repeating: "NOOP\r\n", count: 10_000) + "QU"))
        while framer.next(.line(limit: 512)) != nil {}
        framer.receive(ByteBuffer(string: "IT\r\n"))
        guard case .line(let line) = framer.next(.line(limit: 512)) else {
            Issue.record("no line")
            return
        }
        #expect(line.octets == Array("QUIT".utf8))
        #expect(line.storageCapacity <= 2048)
    }

    @Test("what is not expected waits") func nothing() {
        var framer = ClientFramer()
        framer.receive(ByteBuffer(string: "QUIT\r\n"))
        #expect(framer.next(.nothing) == nil)
        #expect(framer.bufferedByteCount == 6)
        #expect(framer.next(.line(limit: 512)) == Self.line("QUIT"))
    }

    @Test("pipelined lines and content follow one another") func pipelined() {
        var framer = ClientFramer()
        framer.receive(ByteBuffer(string: "DATA\r\n..a\r\n.\r\nQUIT\r\n"))
        #expect(framer.next(.line(limit: 512)) == Self.line("DATA"))
        framer.beginData(measuringLongestLine: false)
        #expect(framer.next(.data) == .content(ByteBuffer(string: ".a\r\n")))
        #expect(framer.next(.data) == .endOfData)
        #expect(framer.next(.line(limit: 512)) == Self.line("QUIT"))
    }

    @Test("octets that were no line yet may turn out to be content") func lateContent() {
        var framer = ClientFramer()
        framer.receive(ByteBuffer(string: "0123456"))
        #expect(framer.next(.line(limit: 512)) == nil)
        framer.beginData(measuringLongestLine: false)
        #expect(framer.next(.data) == .content(ByteBuffer(string: "0123456")))
        framer.receive(ByteBuffer(string: "\r\n.\r\na\r\nQUIT\r\n"))
        #expect(framer.next(.data) == .content(ByteBuffer(string: "\r\n")))
        #expect(framer.next(.data) == .endOfData)
        #expect(framer.next(.line(limit: 512)) == Self.line("a"))
        #expect(framer.next(.line(limit: 512)) == Self.line("QUIT"))
    }

    @Test("what is discarded leaves no trace", arguments: ["MAIL FROM:<", "a\n", "0123456789", "0123456789\r"])
    func discarded(before: String) {
        var framer = ClientFramer()
        framer.receive(ByteBuffer(string: before))
        while framer.next(.line(limit: 10)) != nil {}
        framer.discardBuffered()
        #expect(framer.bufferedByteCount == 0)
        framer.receive(ByteBuffer(string: "QUIT\r\n"))
        #expect(framer.next(.line(limit: 10)) == Self.line("QUIT"))
    }

    @Test("any octets under any expectations are consumed, and little is kept") func fuzz() {
        var random = SplitMix64(seed: 4532)
        let alphabet: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0x2E, 0x2E, 0x00, 0x61, 0x61, 0xE4]
        for _ in 0..<100_000 {
            let octets = random.octets(of: alphabet, 1...32)
            let limit = random.number(2...12)
            var framer = ClientFramer()
            var isData = random.chance(oneIn: 2)
            framer.beginData(measuringLongestLine: random.chance(oneIn: 2))
            var frames = 0
            for piece in randomPieces(of: octets, upTo: 16, &random) {
                framer.receive(ByteBuffer(bytes: piece))
                if random.chance(oneIn: 8), framer.next(.nothing) != nil { frames += 1000 }
                while let frame = framer.next(isData ? .data : .line(limit: limit)), frames <= octets.count {
                    frames += 1
                    if frame == .endOfData { isData = false }
                    if !isData, random.chance(oneIn: 6) {
                        isData = true
                        framer.beginData(measuringLongestLine: true)
                    }
                }
                guard frames <= octets.count, framer.bufferedByteCount < (isData ? 1 : limit) else {
                    Issue.record(
                        "\(shown(octets)) gives \(frames) frames and leaves \(framer.bufferedByteCount) octets")
                    return
                }
            }
        }
    }
}

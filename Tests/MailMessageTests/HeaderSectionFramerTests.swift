import NIOCore
import Testing

@testable import MailMessage

@Suite struct HeaderSectionFramerTests {
    /// What a framer makes of content: the section and the rest, or nil when it was too large.
    struct Outcome: Hashable {
        var section: String
        var rest: String
    }

    /// Content, and what it becomes under a limit of 40 octets.
    static let contents: [(String, Outcome?)] = [
        ("", Outcome(section: "", rest: "")),
        ("\r\n", Outcome(section: "", rest: "\r\n")),
        ("\r\nbody", Outcome(section: "", rest: "\r\nbody")),
        ("A: b\r\n\r\nbody\r\n\r\nmore", Outcome(section: "A: b\r\n", rest: "\r\nbody\r\n\r\nmore")),
        ("A: b\r\n\r\n", Outcome(section: "A: b\r\n", rest: "\r\n")),
        ("A: b\r\n", Outcome(section: "A: b\r\n", rest: "")),
        ("A: b", Outcome(section: "A: b", rest: "")),
        ("A: b\r\nno colon\r\n", Outcome(section: "A: b\r\nno colon\r\n", rest: "")),
        // Only CRLF makes lines.
        ("A: b\n\nC: d\r\n\r\nx", Outcome(section: "A: b\n\nC: d\r\n", rest: "\r\nx")),
        ("A: b\r\n\n\r\n\r\nx", Outcome(section: "A: b\r\n\n\r\n", rest: "\r\nx")),
        ("A: b\r\r\n\r\nx", Outcome(section: "A: b\r\r\n", rest: "\r\nx")),
        ("A: b\r\n\rx\r\n\r\n", Outcome(section: "A: b\r\n\rx\r\n", rest: "\r\n")),
        ("\n\r\n\r\nx", Outcome(section: "\n\r\n", rest: "\r\nx")),
        ("\r\r\nA: b\r\n\r\n", Outcome(section: "\r\r\nA: b\r\n", rest: "\r\n")),
        // At the limit, and one beyond.
        (
            String(repeating: "a", count: 38) + "\r\n\r\nx",
            Outcome(section: String(repeating: "a", count: 38) + "\r\n", rest: "\r\nx")
        ),
        (String(repeating: "a", count: 39) + "\r\n\r\nx", nil),
        (String(repeating: "a", count: 40), Outcome(section: String(repeating: "a", count: 40), rest: "")),
        (String(repeating: "a", count: 41), nil),
        (String(repeating: "a\r\n", count: 1000) + "\r\n", nil),
    ]

    @Test(arguments: contents)
    func `the section ends at the first empty line`(content: String, outcome: Outcome?) {
        #expect(frame([content]) == outcome)
    }

    @Test(arguments: contents)
    func `any split of the content gives the same section and rest`(content: String, outcome: Outcome?) {
        let octets = Array(content.utf8.prefix(60))
        let whole = content.utf8.count <= 60 ? outcome : nil
        for first in 0...octets.count {
            for second in first...octets.count {
                let pieces = [octets[..<first], octets[first..<second], octets[second...]]
                #expect(frame(pieces.map { String(decoding: $0, as: UTF8.self) }) == whole)
            }
        }
        #expect(frame(octets.map { String(decoding: [$0], as: UTF8.self) }) == whole)
    }

    @Test func `a section that comes in one piece is not copied`() {
        let content = ByteBuffer(string: "A: b\r\n\r\nbody")
        var framer = HeaderSectionFramer(limit: 100)
        #expect(framer.receive(content) == .complete)
        let (section, rest) = framer.take()
        content.withUnsafeReadableBytes { content in
            section.original.withUnsafeReadableBytes { #expect($0.baseAddress == content.baseAddress) }
            rest.withUnsafeReadableBytes { #expect($0.baseAddress == content.baseAddress! + 6) }
        }
    }

    @Test func `content behind the section is the rest, however it comes`() {
        var framer = HeaderSectionFramer(limit: 100)
        #expect(framer.receive(ByteBuffer(string: "A: b\r\n\r\nbo")) == .complete)
        #expect(framer.receive(ByteBuffer(string: "dy")) == .complete)
        #expect(framer.endOfContent() == .complete)
        #expect(String(buffer: framer.take().rest) == "\r\nbody")
    }

    @Test func `what is too large stays too large and is not kept`() {
        var framer = HeaderSectionFramer(limit: 4)
        #expect(framer.receive(ByteBuffer(string: "A: bcd")) == .tooLarge)
        #expect(framer.receive(ByteBuffer(string: "\r\n\r\n")) == .tooLarge)
        #expect(framer.endOfContent() == .tooLarge)
        let (section, rest) = framer.take()
        #expect(section.count == 0)
        #expect(rest.readableBytes == 0)
    }

    @Test func `a framer is as new when its section was taken`() {
        var framer = HeaderSectionFramer(limit: 100)
        _ = framer.receive(ByteBuffer(string: "A: b\r\n\r\nbody"))
        _ = framer.take()
        #expect(framer.receive(ByteBuffer(string: "C: d\r\n")) == .incomplete)
        #expect(framer.endOfContent() == .complete)
        #expect(framer.take().section.name(at: 0) == "C")
    }

    @Test(.timeLimit(.minutes(1)))
    func `a million small pieces cost no more than their octets`() {
        var framer = HeaderSectionFramer(limit: 2_000_000)
        let piece = ByteBuffer(string: "\n")
        for _ in 0..<1_000_000 { #expect(framer.receive(piece) == .incomplete) }
        #expect(framer.receive(ByteBuffer(string: "\r\n\r\n")) == .complete)
    }

    private func frame(_ pieces: [String]) -> Outcome? {
        var framer = HeaderSectionFramer(limit: 40)
        var progress = HeaderSectionFramer.Progress.incomplete
        for piece in pieces { progress = framer.receive(ByteBuffer(string: piece)) }
        if progress == .incomplete { progress = framer.endOfContent() }
        guard progress == .complete else { return nil }
        let (section, rest) = framer.take()
        return Outcome(section: String(buffer: section.written()), rest: String(buffer: rest))
    }
}

extension HeaderSection {
    init(_ text: String) {
        self.init(parsing: ByteBuffer(string: text))
    }

    func written() -> ByteBuffer {
        var buffer = ByteBuffer()
        write(into: &buffer)
        return buffer
    }

    var text: String { String(buffer: written()) }
}

import NIOCore
import Testing

@testable import MailMessage

@Suite struct HeaderSectionTests {
    @Test(
        arguments: [
            ("", []),
            ("A: b\r\n", [("A", "b")]),
            ("A:b\r\nB :c\r\nC \t : d \t\r\n", [("A", "b"), ("B", "c"), ("C", "d")]),
            ("A:\r\nB: \r\nC:\r\n \r\n", [("A", ""), ("B", ""), ("C", "")]),
            ("A: b\r\n c\r\n\td\r\nE: f\r\n", [("A", "b c\td"), ("E", "f")]),
            ("A:\r\n b\r\n", [("A", "b")]),
            ("A: b:c: d\r\n", [("A", "b:c: d")]),
            ("A: b", [("A", "b")]),
            ("A: b\r\n c", [("A", "b c")]),
            ("A:", [("A", "")]),
            ("A: b\nB: c\r\n", [("A", "b\nB: c")]),
            ("A: b\rB: c\r\n", [("A", "b\rB: c")]),
            ("A: gr\u{FC}n\r\n", [("A", "grün")]),
        ] as [(String, [(String, String)])])
    func `fields have a name and an unfolded value`(text: String, fields: [(String, String)]) {
        let section = HeaderSection(text)
        #expect(section.count == fields.count)
        #expect(section.invalidCount == 0)
        for (index, field) in fields.enumerated() {
            #expect(section.name(at: index) == field.0)
            #expect(section.rawValue(at: index) == field.1)
            #expect(section.decodedValue(at: index) == field.1)
        }
        #expect(section.text == text)
    }

    @Test("a name finds its own fields in any case, and no field whose name has the same hash")
    func namesAreTheirOwn() {
        // The hash is the same for octets that differ in one bit, be they letters or not.
        let section = HeaderSection("X[y: 1\r\nx{Y: 2\r\nX{y: 3\r\nbroken\r\nX[Y: 4\r\n")
        #expect(HeaderName.hash("X[y".utf8) == HeaderName.hash("x{Y".utf8))
        #expect(section.indices(of: "x[Y") == [0, 4])
        #expect(section.indices(of: "X{Y") == [1, 2])
        #expect(section.indices(of: "") == [])
        #expect(section.firstIndex(of: "X[Y") == 0)
        #expect(section.firstIndex(of: "X[Y", from: 1) == 4)
        #expect(section.firstIndex(of: "X[Y", from: 5) == nil)
        #expect(section.firstIndex(of: "") == nil)
    }

    @Test(arguments: [
        ("no colon\r\nA: b\r\n", 0, "no colon\r\n"),
        (" starts with space\r\nA: b\r\n", 0, " starts with space\r\n"),
        ("\tA: b\r\nC: d\r\n", 0, "\tA: b\r\n"),
        (
            "From joe@example.com Mon Jan  1 10:00:00 2026\r\nA: b\r\n", 0,
            "From joe@example.com Mon Jan  1 10:00:00 2026\r\n"
        ),
        ("A: b\r\n: no name\r\n", 1, ": no name\r\n"),
        ("A: b\r\nna me: x\r\n folded\r\nC: d\r\n", 1, "na me: x\r\n folded\r\n"),
        ("A: b\r\nnäme: x\r\n", 1, "näme: x\r\n"),
        ("A: b\r\nname\r\n : x\r\n", 1, "name\r\n : x\r\n"),
        ("A: b\r\nlast", 1, "last"),
        ("A: b\r\nlast ", 1, "last "),
        ("\r\n", 0, "\r\n"),
        ("\n", 0, "\n"),
    ])
    func `a line that is no field is kept as a malformed one`(text: String, index: Int, octets: String) {
        let section = HeaderSection(text)
        #expect(section.invalidCount == 1)
        #expect(section.isMalformed(at: index))
        #expect(section.name(at: index) == "")
        #expect(section.fields[index].isMalformed)
        #expect(String(buffer: section.fields[index].octets) == octets)
        #expect(section.text == text)
    }

    @Test func `invalid UTF-8 is repaired for reading and kept for writing`() {
        let octets = Array("A: x".utf8) + [0xFF, 0xC3] + Array("y\r\n z".utf8) + [0xE2, 0x82] + Array("\r\n".utf8)
        let section = HeaderSection(parsing: ByteBuffer(bytes: octets))
        #expect(section.rawValue(at: 0) == "x\u{FFFD}\u{FFFD}y z\u{FFFD}")
        #expect(section.written() == ByteBuffer(bytes: octets))
    }

    @Test(arguments: ["received", "Received", "RECEIVED", "rEcEiVeD"])
    func `names are compared without case`(name: String) {
        let section = HeaderSection(
            "Received: a\r\nSubject: b\r\nRECEIVED : c\r\nReceive: d\r\nReceived\r\nX@eceived: e\r\n")
        #expect(section.indices(of: name) == [0, 2])
        #expect(section.count(of: name) == 2)
    }

    @Test func `no name is none`() {
        let section = HeaderSection("no colon\r\n: x\r\n")
        #expect(section.indices(of: "").isEmpty)
        #expect(section.indices(of: "no colon").isEmpty)
    }

    @Test func `an index out of range reads as empty and edits nothing`() {
        var section = HeaderSection("A: b\r\n")
        for index in [-1, 1, Int.max, Int.min] {
            #expect(section.rawValue(at: index) == "")
            #expect(section.decodedValue(at: index) == "")
            #expect(section.name(at: index) == "")
            #expect(!section.isMalformed(at: index))
            #expect(section.addresses(at: index).entries.isEmpty)
            section.remove(at: index)
            section.replaceValue(at: index, with: "x")
            section.prefixValue(at: index, with: "x")
        }
        #expect(section.text == "A: b\r\n")
    }

    @Test func `the size is that of what is written`() {
        var section = HeaderSection("A: b\r\nlast: c")
        #expect(section.octets == 13)
        section.set(name: "New", value: "d")
        #expect(section.octets == section.written().readableBytes)
    }

    @Test func `a section that starts inside its buffer is read from there`() {
        var buffer = ByteBuffer(string: "xxxxA: b\r\nC: d\r\n")
        buffer.moveReaderIndex(forwardBy: 4)
        let section = HeaderSection(parsing: buffer)
        #expect(section.text == "A: b\r\nC: d\r\n")
        #expect(section.rawValue(at: 1) == "d")
        #expect(section.fields.map { String(buffer: $0.octets) } == ["A: b\r\n", "C: d\r\n"])
    }

    @Test func `any octets are written as they came`() {
        var random = SeededGenerator(seed: 22)
        let pieces = ["\r\n", "\r", "\n", " ", "\t", ":", "Subject", "a", "ü", "\0", "=?utf-8?q?=41?=", "<a@b>", "\""]
        for _ in 0..<3000 {
            let text = (0..<Int.random(in: 0...30, using: &random))
                .map { _ in pieces.randomElement(using: &random)! }.joined()
            let section = HeaderSection(text)
            #expect(section.text == text)
            #expect(section.fields.map { String(buffer: $0.octets) }.joined() == text)
            for index in 0..<section.count {
                _ = section.decodedValue(at: index)
                _ = section.addresses(at: index)
            }
        }
    }
}

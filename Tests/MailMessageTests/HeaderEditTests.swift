import NIOCore
import Testing

@testable import MailMessage

@Suite struct HeaderEditTests {
    /// Everything that an edit must leave alone.
    static let odd = "from  :\t a@b\r\nno colon here\r\nSUBJECT:x\r\n\t y \r\n: z\r\nsubject: second\r\nTo:c@d"

    @Test func `a field is added at the top`() {
        var section = HeaderSection(Self.odd)
        section.addAtTop(name: "X-One", value: "1")
        section.addAtTop(name: "X-Two", value: "2")
        #expect(section.text == "X-Two: 2\r\nX-One: 1\r\n" + Self.odd)
        #expect(section.indices(of: "x-one") == [1])
        #expect(section.rawValue(at: 1) == "1")
    }

    @Test func `finished fields are put before all others`() {
        var section = HeaderSection(Self.odd)
        section.prependRaw(ByteBuffer(string: "Received: from a\r\n\tby b\r\nX: y\r\n"))
        #expect(section.text == "Received: from a\r\n\tby b\r\nX: y\r\n" + Self.odd)
        #expect(section.count == 8)
        #expect(section.rawValue(at: 0) == "from a\tby b")
        section.prependRaw(ByteBuffer())
        #expect(section.count == 8)
    }

    @Test(
        "white space before the first field continues nothing of ours",
        arguments: [" dkim=pass\r\n", "\t\r\n", " x: y"])
    func leadingContinuation(first: String) {
        let rest = "A: b\r\n"
        var section = HeaderSection(first.hasSuffix("\n") ? first + rest : first)
        let named = section.text.replacing(first, with: "X-Malformed-Line:" + first)
        section.addAtTop(name: "X-Spam", value: "yes")
        #expect(section.text == "X-Spam: yes\r\n" + named)
        section.prependRaw(ByteBuffer(string: "Received: from a\r\n"))
        #expect(section.text == "Received: from a\r\nX-Spam: yes\r\n" + named)
        #expect(HeaderSection(section.text).rawValue(at: 1) == "yes")
    }

    @Test func `a field that is set takes the first place of its name and removes the other ones`() {
        var section = HeaderSection(Self.odd)
        section.set(name: "Subject", value: "new")
        #expect(section.text == "from  :\t a@b\r\nno colon here\r\nSubject: new\r\n: z\r\nTo:c@d")
    }

    @Test(arguments: [
        ("A: b\r\nC: d\r\n", "A: b\r\nC: d\r\nX: y\r\n"),
        ("A: b\r\nC: d", "A: b\r\nC: d\r\nX: y\r\n"),
        ("", "X: y\r\n"),
        ("no field\r\nA: b\r\n", "no field\r\nA: b\r\nX: y\r\n"),
        ("A: b\r\nbody without an empty line\r\nC: d\r\n", "A: b\r\nX: y\r\nbody without an empty line\r\nC: d\r\n"),
        ("no field", "no field\r\nX: y\r\n"),
    ])
    func `a field that is set and not there comes behind the last field`(before: String, after: String) {
        var section = HeaderSection(before)
        section.set(name: "X", value: "y")
        #expect(section.text == after)
    }

    @Test func `fields are removed by index and by name`() {
        var section = HeaderSection(Self.odd)
        section.remove(at: 1)
        #expect(section.text == Self.odd.replacing("no colon here\r\n", with: ""))
        section.remove(name: "sUbJeCt")
        #expect(section.text == "from  :\t a@b\r\n: z\r\nTo:c@d")
        section.remove(at: [0, 2])
        #expect(section.text == ": z\r\n")
    }

    @Test func `a value is replaced and the name keeps its spelling`() {
        var section = HeaderSection(Self.odd)
        section.replaceValue(at: 0, with: "e@f")
        section.replaceValue(at: 1, with: "nothing to replace")
        #expect(section.text == Self.odd.replacing("from  :\t a@b", with: "from: e@f"))
        #expect(section.rawValue(at: 0) == "e@f")
    }

    @Test(arguments: ["", "a b", "a:b", "ä", "a\r\nb", "a\0", String(repeating: "n", count: 65)])
    func `a name that is none adds nothing`(name: String) {
        var section = HeaderSection("A: b\r\n")
        section.addAtTop(name: name, value: "x")
        section.set(name: name, value: "x")
        #expect(section.text == "A: b\r\n")
        #expect(!HeaderName.isValid(name))
    }

    @Test(arguments: ["Subject", "X-Gatepost", "a", "!#$%", "x.y/z", String(repeating: "n", count: 64)])
    func `a field-name is valid`(name: String) {
        #expect(HeaderName.isValid(name))
    }

    /// Random edits, held against a model that keeps the octets of each field apart.
    @Test func `edits touch no other octet`() {
        var random = SeededGenerator(seed: 33)
        let lines = [
            "A: b\r\n", "a :c\r\n d\r\n", "B:\r\n", "no colon\r\n", "Subject: =?utf-8?q?x?=\r\n", ": x\r\n",
            "b: \u{E9}\r\n",
        ]
        for _ in 0..<500 {
            var model = (0..<Int.random(in: 0...12, using: &random)).map { _ in lines.randomElement(using: &random)! }
            var section = HeaderSection(model.joined())
            for step in 0..<Int.random(in: 1...8, using: &random) {
                let index = model.isEmpty ? 0 : Int.random(in: 0..<model.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0:
                    section.addAtTop(name: "X", value: "\(step)")
                    model.insert("X: \(step)\r\n", at: 0)
                case 1 where !model.isEmpty:
                    section.remove(at: index)
                    model.remove(at: index)
                case 2:
                    section.remove(name: "a")
                    model.removeAll { $0.hasPrefix("A:") || $0.hasPrefix("a:") || $0.hasPrefix("a :") }
                case 3 where !model.isEmpty && !section.isMalformed(at: index):
                    let name = section.name(at: index)
                    section.replaceValue(at: index, with: "new \(step)")
                    model[index] = "\(name): new \(step)\r\n"
                default:
                    break
                }
                #expect(section.text == model.joined())
                #expect(section.octets == section.text.utf8.count)
                #expect(section.fields.map { String(buffer: $0.octets) } == model)
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `many fields of a name are removed in linear time`() {
        let text = String(repeating: "X:\r\n", count: 60_000)
        var removed = HeaderSection(text)
        removed.remove(name: "x")
        #expect(removed.count == 0)
        var set = HeaderSection(text)
        set.set(name: "x", value: "y")
        #expect(set.text == "x: y\r\n")
    }
}

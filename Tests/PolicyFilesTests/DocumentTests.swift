import Policy
import Testing

@testable import PolicyFiles

/// What is said about text that is not a document.
@Suite struct DocumentTests {
    private static let quoted = "a text that begins with `!` stands in quotes"
    private static let noAnchors =
        "anchors and aliases are not supported; a text that begins with `&` or `*` stands in quotes"

    @Test(arguments: [
        ("", ["f:1:1: error: nothing is written here"]),
        ("# only a comment\n", ["f:1:1: error: nothing is written here"]),
        ("a: 1\na: 2\n", ["f:2:1: error: duplicate key `a`; first given in line 1"]),
        ("a: 1\n'a': 2\n", ["f:2:1: error: duplicate key `a`; first given in line 1"]),
        ("\"a\": 1\n\"a\": 2\nb: 1\n", ["f:2:1: error: duplicate key `a`; first given in line 1"]),
        (
            "x: {a: 1, b: 2, a: 3, b: 4, a: 5}\n",
            [
                "f:1:17: error: duplicate key `a`; first given in line 1",
                "f:1:23: error: duplicate key `b`; first given in line 1",
                "f:1:29: error: duplicate key `a`; first given in line 1",
            ]
        ),
        (
            "rules:\n  - name: x\n    then: 1\n    name: y\n  - name: z\n    name: z\nrules: 2\n",
            [
                "f:4:5: error: duplicate key `name`; first given in line 2",
                "f:6:5: error: duplicate key `name`; first given in line 5",
                "f:7:1: error: duplicate key `rules`; first given in line 1",
            ]
        ),
        ("a: &x 1\nb: *x\n", ["f:1:4: error: \(noAnchors)"]),
        ("b: *x\n", ["f:1:4: error: \(noAnchors)"]),
        ("a: &x [*x]\n", ["f:1:8: error: \(noAnchors)"]),
        ("a: {b: 1}\n<<: {c: 1}\n", ["f:2:1: error: merge keys are not supported"]),
        ("a: 1\n---\nb: 2\n", ["f:2:1: error: a file holds one document; a second one starts here"]),
        ("a: !!int 5\n", ["f:1:4: error: tags are not supported; found `tag:yaml.org,2002:int`; \(quoted)"]),
        ("a: !secret [1]\n", ["f:1:4: error: tags are not supported; found `!secret`; \(quoted)"]),
        ("[a, b]: 1\n", ["f:1:1: error: a key must be a word"]),
        ("~: 1\n", ["f:1:1: error: a key is missing before `:`"]),
        ("a:\n\t- b\n", ["f:2:1: error: a tab where YAML asks for spaces"]),
        ("a: 1\nb: \u{0}\n", ["f:2:4: error: control character U+0000 in the text"]),
        ("a: 1\r\nb: \u{1B}\n", ["f:2:4: error: control character U+001B in the text"]),
    ])
    func eachMistakeIsNamedAtItsPlace(text: String, expected: [String]) {
        #expect(Document(text: text, path: "f").diagnostics.map(\.description) == expected)
    }

    @Test func aTextThatIsNotUTF8IsRefusedAtItsFirstBadOctet() {
        let document = Document(octets: Array("a: ok\nb: caf".utf8) + [0xE9] + Array("\n".utf8), path: "f")
        #expect(document.diagnostics.map(\.description) == ["f:2:7: error: not valid UTF-8"])
        #expect(document.root == nil)
    }

    @Test func aByteOrderMarkIsNotText() {
        let document = Document(octets: [0xEF, 0xBB, 0xBF] + Array("a: 1".utf8), path: "f")
        #expect(document.diagnostics.isEmpty)
        #expect(document.root?.mapping?["a"]?.location == SourceLocation(file: "f", line: 1, column: 4))
    }

    @Test func aFileThatIsNotThereIsReportedWhereItIsNamed() {
        let place = SourceLocation(file: "gatepost.yaml", line: 3, column: 12)
        #expect(
            Document(contentsOf: "/nowhere/x.yaml").diagnostics.map(\.description)
                == ["/nowhere/x.yaml:1:1: error: cannot be read: no such file or directory"]
        )
        #expect(
            Document(contentsOf: "/nowhere/x.yaml", namedAt: place).diagnostics.map(\.description)
                == ["gatepost.yaml:3:12: error: `/nowhere/x.yaml` cannot be read: no such file or directory"]
        )
        #expect(
            Document(contentsOf: "/").diagnostics.map(\.description) == ["/:1:1: error: cannot be read: is a directory"]
        )
    }

    @Test func nestingHasABound() {
        let allowed =
            String(repeating: "[", count: DocumentLimits.depth) + String(repeating: "]", count: DocumentLimits.depth)
        #expect(Document(text: allowed, path: "f").diagnostics.isEmpty)
        #expect(
            Document(text: "[\(allowed)]", path: "f").diagnostics.map(\.description)
                == ["f:1:41: error: nested deeper than 40 levels"]
        )
        #expect(Document(text: String(repeating: "[", count: 100_000), path: "f").diagnostics.count == 1)
    }

    @Test func aliasesThatMultiplyCostNothing() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        #expect(Document(text: text, path: "f").diagnostics.count == 10)
    }

    @Test func manyDuplicatesEndWithAWord() {
        let text = String(repeating: "key: 1\n", count: 100)
        let last = Document(text: text, path: "f").diagnostics.last
        #expect(last?.message == "duplicate key `key`, after many others")
    }

    @Test func theFirstOfTwoEqualKeysIsKept() {
        let root = Document(text: "a: 1\nb: 2\na: 3\n", path: "f").root
        #expect(root?.mapping?.entries.map(\.key.value) == ["a", "b"])
        #expect(root?.mapping?["a"]?.scalar?.text == "1")
    }

    @Test func scalarsKeepTheirTextAndStyle() throws {
        let text = "a: 007\nb: 'no'\nc: |\n  one\n  two\nd: off\ne:\nf: \"~\"\n"
        let mapping = try #require(Document(text: text, path: "f").root?.mapping)
        #expect(mapping["a"]?.scalar == DocumentScalar("007"))
        #expect(mapping["b"]?.scalar == DocumentScalar("no", style: .quoted))
        #expect(mapping["c"]?.scalar == DocumentScalar("one\ntwo\n", style: .block))
        #expect(mapping["d"]?.scalar?.looksLikeTruthValue == true)
        #expect(mapping["e"]?.isMissing == true)
        #expect(mapping["f"]?.isMissing == false)
    }
}

import Policy
import Testing

@testable import PolicyFiles

@Suite struct DocumentReaderTests {
    /// Reads the value of `a: …` and gives what was read, printed, or the message.
    private func read<Value>(_ value: String, _ read: (inout DocumentReader, DocumentNode) -> Value?) -> String {
        guard let node = Document(text: "a: \(value)", path: "f").root?.mapping?["a"] else { return "no node" }
        var reader = DocumentReader()
        let result = read(&reader, node)
        #expect((result == nil) == !reader.diagnostics.isEmpty)
        return result.map { "\($0)" } ?? reader.diagnostics.map(\.description).joined(separator: "\n")
    }

    @Test(arguments: [
        ("word", "word"), ("25", "25"), ("'no'", "no"), ("12:30", "12:30"), ("''", ""),
        ("no", "f:1:4: error: expected text, found `no`, which YAML takes for true or false; write \"no\" in quotes"),
        ("On", "f:1:4: error: expected text, found `On`, which YAML takes for true or false; write \"On\" in quotes"),
        ("", "f:1:3: error: expected text, found nothing"),
        ("~", "f:1:4: error: expected text, found nothing"),
        ("[b]", "f:1:4: error: expected text, found a sequence"),
        ("{b: c}", "f:1:4: error: expected text, found a mapping"),
        ("\"a\\0b\"", "f:1:4: error: expected text, found a control character"),
    ])
    func text(value: String, expected: String) {
        #expect(read(value) { $0.text($1) } == expected)
    }

    @Test(arguments: [
        ("true", "true"), ("false", "false"),
        ("yes", "f:1:4: error: expected true or false, found `yes`"),
        ("'true'", "f:1:4: error: expected true or false, found `true`"),
    ])
    func flags(value: String, expected: String) {
        #expect(read(value) { $0.flag($1) } == expected)
    }

    @Test(arguments: [
        ("12", "12"), ("0", "f:1:4: error: `0` is out of range: at least 1"),
        ("101", "f:1:4: error: `101` is out of range: at most 100"),
        ("-1", "f:1:4: error: expected a whole number, found `-1`"),
        ("1.5", "f:1:4: error: expected a whole number, found `1.5`"),
        ("99999999999999999999", "f:1:4: error: expected a whole number, found `99999999999999999999`"),
    ])
    func counts(value: String, expected: String) {
        #expect(read(value) { $0.count($1, in: 1...100) } == expected)
    }

    @Test(arguments: [
        ("25 MiB", "26214400"), ("10MB", "10000000"), ("4096", "4096"),
        (
            "lots",
            "f:1:4: error: expected a size (a number, alone or with KiB, MiB, GiB, KB, MB or GB), found `lots`"
        ),
        ("2 GiB", "f:1:4: error: `2 GiB` is out of range: at most 1 GiB"),
    ])
    func sizes(value: String, expected: String) {
        #expect(read(value) { $0.size($1, in: 0...(1 << 30)) } == expected)
    }

    @Test(arguments: [
        ("30s", Duration.seconds(30)), ("5m", .seconds(300)), ("1h", .seconds(3600)), ("500ms", .milliseconds(500)),
        ("2d", .seconds(172_800)), ("10 s", .seconds(10)), ("0s", .zero),
        ("30", nil), ("s", nil), ("-1s", nil), ("1.5h", nil), ("5 minutes", nil), ("99999999999999999999h", nil),
        ("9223372036854775807d", nil), ("9999d", nil),
    ])
    func durations(text: String, expected: Duration?) {
        #expect(DurationText.parse(text) == expected)
    }

    @Test(arguments: ["1ms", "1500ms", "30s", "90s", "5m", "1h", "36h", "2d", "0ms"])
    func durationsPrintAsTheyParse(text: String) throws {
        #expect(DurationText.print(try #require(DurationText.parse(text))) == text)
    }

    @Test(arguments: [
        ("1000 B/s", "1000"), ("10 KiB/s", "10240"), ("500/s", "500"),
        ("1000", "f:1:4: error: expected a pace (a size per second, as in `1000 B/s`), found `1000`"),
    ])
    func paces(value: String, expected: String) {
        #expect(read(value) { $0.pace($1) } == expected)
    }

    @Test(arguments: [
        ("text", "1"), ("json", "2"),
        ("jsn", "f:1:4: error: expected a format (text, json), found `jsn`; did you mean `json`?"),
        ("xml", "f:1:4: error: expected a format (text, json), found `xml`"),
    ])
    func choices(value: String, expected: String) {
        #expect(read(value) { $0.choice($1, "a format", among: ["text": 1, "json": 2]) } == expected)
    }

    @Test func keysAreCheckedAgainstTheKnownOnes() throws {
        let root = try #require(Document(text: "lisen: 1\nname: 2\nzzz: 3\n", path: "f").root)
        var reader = DocumentReader()
        let known = reader.mapping(root, "a thing", keys: ["listen", "name"])
        let mapping = try #require(known)
        #expect(mapping.entries.map(\.key.value) == ["name"])
        let missing = reader.required("listen", of: mapping, "a thing", at: root.location)
        #expect(missing == nil)
        #expect(
            reader.diagnostics.map(\.description) == [
                "f:1:1: error: unknown key `lisen`; did you mean `listen`?",
                "f:3:1: error: unknown key `zzz`",
                "f:1:1: error: a thing needs the key `listen`",
            ]
        )
    }
}

import SMTPProtocol
import Testing

@Suite("Path") struct PathTests {
    @Test(
        "a path is read with its angle brackets and without them",
        arguments: [
            ("a@b.example", "<a@b.example>"), ("<a@b.example>", "<a@b.example>"), ("<>", "<>"),
            ("\"a b\"@[192.0.2.1]", "<\"a b\"@[192.0.2.1]>"), ("<@x.example,@y.example:a@b>", "<a@b>"),
        ])
    func reversePath(text: String, printed: String) {
        #expect(ReversePath(text)?.description == printed)
        #expect(text == "<>" || ForwardPath(text)?.description == printed)
    }

    @Test(
        "other text is no path",
        arguments: [
            "", " ", "a", "<a@b", "a@b>", "<a@b>>", "<<a@b>>", "a@b c", "a@b,c@d", "a@b\r\nRCPT TO:<c@d>", "a@b\0",
            "a@" + String(repeating: "a.", count: 150) + "a",
            "\"" + String(repeating: "a", count: 512) + "\"@b",
        ])
    func noPath(text: String) {
        #expect(ReversePath(text) == nil)
        #expect(ForwardPath(text) == nil)
    }

    @Test("postmaster needs no domain, the null path is no recipient") func special() {
        #expect(ForwardPath("Postmaster") == .postmaster)
        #expect(ForwardPath("<postmaster>") == .postmaster)
        #expect(ForwardPath("<>") == nil)
        #expect(ReversePath("postmaster") == nil)
    }
}

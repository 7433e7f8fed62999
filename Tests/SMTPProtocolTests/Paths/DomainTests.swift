import SMTPProtocol
import Testing

@Suite("Domain") struct DomainTests {
    @Test(
        "sub-domains set apart by dots are a domain",
        arguments: [
            "a", "example.org", "EXAMPLE.org", "a-b.c--d.e", "1.2.3.4", "xn--bcher-kva.example", "bücher.example",
            "例え.jp",
            "\(String(repeating: "a", count: 63)).org",
        ])
    func valid(text: String) { #expect(Domain(text)?.text == text) }

    @Test(
        "anything else is none",
        arguments: [
            "", ".", "a.", ".a", "a..b", "-a.org", "a-.org", "a.-b", "a b", "a_b.org", "a@b", "[192.0.2.1]", "a\r\nb",
            "a\0",
            "\(String(repeating: "a", count: 64)).org", String(repeating: "abc.", count: 64) + "a",
        ])
    func invalid(text: String) { #expect(Domain(text) == nil) }

    @Test("255 octets are the longest") func longest() {
        let labels = String(repeating: "abc.", count: 63)
        #expect(Domain(labels + "abc") != nil)
        #expect(Domain(labels + "abcd") == nil)
    }

    @Test("the case of ASCII letters does not count") func comparison() throws {
        let domains = try #require(["Example.ORG", "example.org"].map { Domain($0) } as? [Domain])
        #expect(domains[0] == domains[1])
        #expect(Set(domains).count == 1)
        #expect(domains[0].text == "Example.ORG")
        #expect(Domain("example.org") != Domain("example.com"))
        #expect(Domain("example.org") != Domain("example.or"))
    }

    @Test("a U-label is not ASCII") func ascii() {
        #expect(Domain("example.org")?.isASCII == true)
        #expect(Domain("bücher.example")?.isASCII == false)
    }
}

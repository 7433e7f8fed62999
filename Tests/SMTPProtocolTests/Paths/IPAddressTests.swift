import SMTPProtocol
import Testing

@Suite("IP address") struct IPAddressTests {
    @Test(
        "text is read and printed in canonical form",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
            ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:DB8::1", "2001:db8::1"),
            ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
            ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"), ("0:0:1::", "0:0:1::"),
            ("::ffff:192.0.2.1", "192.0.2.1"), ("::FFFF:c000:0201", "192.0.2.1"),
            ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
            ("1:2:3:4:5:6:192.0.2.1", "1:2:3:4:5:6:c000:201"), ("fe80::1", "fe80::1"),
        ])
    func valid(text: String, printed: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == printed)
        #expect(IPAddress(printed) == address)
    }

    @Test(
        "other text is refused",
        arguments: [
            "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.0004", "1..2.3", "1.2.3.", ".1.2.3",
            "1.2.3.4 ",
            ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "1::2::3", "12345::", "g::",
            "1:",
            ":1", "::1:", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3", "::1.2.3.4:1", "1.2.3.4::", "fe80::1%eth0", "[::1]",
            "::ffffff", "٣.2.3.4",
        ])
    func invalid(text: String) { #expect(IPAddress(text) == nil) }

    @Test("IPv4 lives in the mapped range of IPv6") func mapped() throws {
        let address = IPAddress(v4: 0xC000_0201)
        #expect(address.isIPv4)
        #expect(address.v4 == 0xC000_0201)
        #expect(address == IPAddress(v6High: 0, low: 0xFFFF_C000_0201))
        #expect(IPAddress("::1")?.isIPv4 == false)
    }

    @Test(
        "loopback is 127.0.0.0/8 and ::1",
        arguments: [
            ("127.0.0.1", true), ("127.255.0.3", true), ("::1", true), ("::ffff:127.0.0.1", true), ("128.0.0.1", false),
            ("::2", false), ("::", false), ("1::1", false), ("::127.0.0.1", false),
        ])
    func loopback(text: String, isLoopback: Bool) { #expect(IPAddress(text)?.isLoopback == isLoopback) }

    @Test("printing and parsing are inverse") func inverse() {
        var random = SplitMix64(seed: 5952)
        for _ in 0..<2000 {
            // Groups of zeros are what the form is about.
            func half() -> UInt64 {
                (0..<4).reduce(0) { word, _ in word << 16 | (random.chance(oneIn: 2) ? 0 : random.next() & 0xFFFF) }
            }
            let address = IPAddress(v6High: half(), low: half())
            guard IPAddress(address.description) == address else {
                Issue.record("\(address.high) \(address.low) is printed as \(address)")
                return
            }
        }
    }
}

@Suite("IP network") struct IPNetworkTests {
    @Test(
        "a network holds what shares its prefix",
        arguments: [
            ("10.0.0.0/8", "10.255.1.2", true), ("10.0.0.0/8", "11.0.0.0", false), ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false), ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "::1", false),
            ("192.0.2.128/25", "192.0.2.127", false), ("192.0.2.128/25", "192.0.2.255", true),
            ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::", false),
            ("::/0", "fe80::1", true),
            ("::/0", "192.0.2.1", false), ("2001:db8::1", "2001:db8::1", true), ("2001:db8::1", "2001:db8::2", false),
            ("2001:db8:0:0:8000::/65", "2001:db8::8000:0:0:1", true), ("2001:db8:0:0:8000::/65", "2001:db8::1", false),
            ("::ffff:10.0.0.0/104", "10.1.2.3", true), ("10.0.0.0/8", "::ffff:10.1.2.3", true),
            ("2001:db8::/64", "2001:db8:0:1::", false), ("2001:db8::/64", "2001:db8::ffff:0:0:1", true),
        ])
    func contains(network: String, address: String, isInside: Bool) throws {
        #expect(try #require(IPNetwork(network)).contains(try #require(IPAddress(address))) == isInside)
    }

    @Test(
        "a network prints with its prefix",
        arguments: [
            ("10.0.0.0/8", "10.0.0.0/8"), ("192.0.2.1", "192.0.2.1/32"), ("2001:DB8::/32", "2001:db8::/32"),
            ("::1", "::1/128"),
            ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ])
    func printed(text: String, printed: String) { #expect(IPNetwork(text)?.description == printed) }

    @Test(
        "what is unclear or malformed is refused",
        arguments: [
            "", "/", "10.0.0.0/", "/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/08", "10.0.0.0/8/8",
            "10.0.0.1/8", "2001:db8::/129", "2001:db8::1/64", "::ffff:10.0.0.0/8", "::ffff:10.0.0.0/95", "10/8",
            "example.org",
            "10.0.0.0/99999999999999999999", "10.0.0.0 /8",
        ])
    func invalid(text: String) { #expect(IPNetwork(text) == nil) }
}

@Suite("Address literal") struct AddressLiteralTests {
    @Test(
        "a literal is read and printed",
        arguments: [
            ("[192.0.2.1]", "[192.0.2.1]"), ("[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]"), ("[ipv6:::1]", "[IPv6:::1]"),
            ("[IPv6:::ffff:192.0.2.1]", "[192.0.2.1]"), ("[x400:c=us!a]", "[x400:c=us!a]"),
        ])
    func valid(text: String, printed: String) throws {
        let literal = try #require(AddressLiteral(text))
        #expect(literal.description == printed)
        #expect(AddressLiteral(printed) == literal)
    }

    @Test(
        "other text is refused",
        arguments: [
            "", "[]", "192.0.2.1", "[192.0.2.1", "192.0.2.1]", "[192.0.2.256]", "[2001:db8::1]x", "[IPv6:]",
            "[IPv6:192.0.2.1]",
            "[IPv6:g]", "[tag:]", "[:content]", "[tag-:content]", "[tag:a b]", "[tag:a]b]", "[tag:a\\b]",
            "[ 192.0.2.1]",
        ])
    func invalid(text: String) { #expect(AddressLiteral(text) == nil) }
}

import SMTPProtocol
import Testing

@testable import Policy

/// The tables behind lists agree with the plain way of looking through them.
struct ValueSetTests {
    @Test("a text table holds what was inserted and nothing else", arguments: [0, 1, 7, 8, 1000])
    func textTable(count: Int) {
        var table = TextTable()
        for number in 0..<count { table.insert("word\(number)".utf8) }
        for number in 0..<count { table.insert("word\(number)".utf8) }
        #expect(table.count == count)
        for number in 0..<(count * 2 + 2) {
            let marks = Caseless.withOctets("word\(number)") { table.marks(of: $0) }
            #expect((marks != 0) == (number < count))
        }
        #expect(Caseless.withOctets("") { table.marks(of: $0) } == 0)
    }

    @Test("a text table keeps the empty text and texts with NUL apart")
    func oddTexts() {
        var table = TextTable()
        table.insert("".utf8)
        table.insert("a\0".utf8)
        #expect(Caseless.withOctets("") { table.marks(of: $0) } == 1)
        #expect(Caseless.withOctets("a") { table.marks(of: $0) } == 0)
        #expect(Caseless.withOctets("a\0") { table.marks(of: $0) } == 1)
    }

    @Test(
        "a domain is in the set when it is an entry, or lies below one with a leading dot",
        arguments: [
            ("example.com", true), ("EXAMPLE.Com", true), ("sub.example.com", false), ("example.org", true),
            ("a.b.example.org", true), ("badexample.org", false), ("org", false), ("", false), (".", false),
            ("example.org.", false), ("xn--bcher-kva.example", true), ("[192.0.2.1]", true),
        ]
    )
    func domains(domain: String, isMember: Bool) {
        var set = DomainSet()
        for entry in ["example.com", ".example.org", "Xn--Bcher-Kva.Example", "[192.0.2.1]"] { set.insert(entry) }
        #expect(set.contains(domain) == isMember)
    }

    @Test("the set of networks agrees with each network asked by itself")
    func networks() throws {
        let texts = [
            "10.0.0.0/8", "192.0.2.0/25", "192.0.2.128/26", "203.0.113.7", "0.0.0.0/1", "2001:db8::/32",
            "2001:db8:1::1", "fc00::/7", "2001:db8:0:0:8000::/65", "::/0",
        ]
        var random = SplitMix(seed: 7)
        for _ in 0..<200 {
            let chosen = texts.filter { _ in Bool.random(using: &random) }
            let networks = try chosen.map { try #require(IPNetwork($0)) }
            var set = NetworkSet()
            for network in networks { set.insert(network) }
            for _ in 0..<20 {
                let near = try #require(
                    networks.isEmpty ? IPNetwork("10.0.0.0/8") : networks.randomElement(using: &random))
                let address: IPAddress =
                    near.address.isIPv4
                    ? IPAddress(
                        v4: UInt32(truncatingIfNeeded: near.address.low)
                            ^ (UInt32.random(in: 0...3, using: &random) << UInt32.random(in: 0...31, using: &random)))
                    : IPAddress(
                        v6High: near.address.high ^ UInt64.random(in: 0...1, using: &random) << 33,
                        low: UInt64.random(in: 0...UInt64.max, using: &random))
                #expect(set.contains(address) == networks.contains { $0.contains(address) }, "\(address) in \(chosen)")
            }
        }
    }

    @Test("an address matches its own entry with the local part as written, or the entry of its domain")
    func mailboxes() throws {
        var set = MailboxSet()
        set.insert(try #require(Mailbox("Ann@Example.com")))
        set.insert(domain: ".example.org")
        #expect(set.contains(local: "Ann", domain: "EXAMPLE.COM"))
        #expect(!set.contains(local: "ann", domain: "example.com"))
        #expect(set.contains(local: "anyone", domain: "sub.example.org"))
        #expect(!set.contains(special: ""))
    }
}

/// A small generator of repeatable random numbers.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

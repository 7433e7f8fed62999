import Policy
import SMTPProtocol
import Testing

@testable import RelayCore

@Suite struct FailedLoginTests {
    private static func moment(_ seconds: UInt64) -> Moment { Moment(nanoseconds: 1 + seconds * 1_000_000_000) }

    @Test("each failure counts, and one is forgotten every half minute")
    func leaks() {
        let failures = FailedLogins()
        let client = IPAddress("192.0.2.7")
        #expect((1...5).map { _ in failures.add(client, at: Self.moment(0)) } == [1, 2, 3, 4, 5])
        #expect(failures.count(of: client, at: Self.moment(29)) == 5)
        #expect(failures.count(of: client, at: Self.moment(30)) == 4)
        #expect(failures.count(of: client, at: Self.moment(149)) == 1)
        #expect(failures.count(of: client, at: Self.moment(150)) == 0)
        #expect(failures.count(of: client, at: Self.moment(9999)) == 0)
        #expect(failures.count(of: IPAddress("192.0.2.8"), at: Self.moment(0)) == 0)
        // Once a minute never adds up.
        for minute in 0..<100 { #expect(failures.add(client, at: Self.moment(1000 + 60 * UInt64(minute))) == 1) }
    }

    @Test("IPv6 counts by /64; those on this host do not count")
    func keys() {
        let failures = FailedLogins()
        failures.add(IPAddress("2001:db8::1"), at: Self.moment(0))
        #expect(failures.count(of: IPAddress("2001:db8::ffff:1"), at: Self.moment(0)) == 1)
        #expect(failures.count(of: IPAddress("2001:db8:0:1::1"), at: Self.moment(0)) == 0)
        for client in [nil, IPAddress("127.0.0.1"), IPAddress("::1")] {
            #expect(failures.add(client, at: Self.moment(0)) == 0)
            #expect(failures.count(of: client, at: Self.moment(0)) == 0)
        }
    }

    @Test("the table is bounded, and takes new addresses once old ones are forgotten")
    func bound() {
        let failures = FailedLogins(capacity: 3)
        let clients = (1...5).map { IPAddress(v4: 0xC000_0200 + $0) }
        for client in clients { failures.add(client, at: Self.moment(0)) }
        #expect(clients.map { failures.count(of: $0, at: Self.moment(0)) } == [1, 1, 1, 0, 0])
        #expect(failures.add(clients[4], at: Self.moment(40)) == 1)
    }
}

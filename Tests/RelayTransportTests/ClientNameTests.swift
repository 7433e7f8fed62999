import NIOCore
import Policy
import SMTPProtocol
import Testing

@testable import RelayTransport

/// How a client's names are found in the answers of a name service.
@Suite struct ClientNameLookupTests {
    /// A name service that knows what it is told.
    struct Zone: NameService {
        var pointer: String?
        var addresses: [String] = []

        func name(of address: IPAddress) -> String? { pointer }

        func addresses(of name: String, like address: IPAddress) -> [IPAddress] {
            addresses.compactMap { IPAddress($0) }
        }
    }

    private func names(_ pointer: String?, _ addresses: [String], client: String = "192.0.2.7") throws -> ClientNames {
        let zone = Zone(pointer: pointer, addresses: addresses)
        return ClientNameLookup(service: zone).names(of: try #require(IPAddress(client)))
    }

    @Test(arguments: [
        (["192.0.2.7"], "192.0.2.7", true), (["192.0.2.1", "192.0.2.7"], "192.0.2.7", true),
        (["192.0.2.8"], "192.0.2.7", false), ([], "192.0.2.7", false),
        (["::ffff:192.0.2.7"], "192.0.2.7", true), (["192.0.2.7"], "::ffff:192.0.2.7", true),
        (["192.0.2.7"], "64:ff9b::c000:207", false), (["64:ff9b::192.0.2.7"], "64:ff9b::c000:207", true),
        (["2001:db8::1"], "2001:db8:0::1", true), (["2001:db8::1"], "2001:db8::2", false),
    ])
    func aNameIsConfirmedByTheAddressItLeadsTo(addresses: [String], client: String, isConfirmed: Bool) throws {
        let names = try names("mail.example.net", addresses, client: client)
        #expect(names.reverse == .found("mail.example.net"))
        #expect(names.confirmed == (isConfirmed ? .found("mail.example.net") : .absent))
    }

    @Test(arguments: [
        nil, "", ".", "192.0.2.7", "3221225991", "0xc0000207", "192.0.2.0x7", "a..example", "-a.example",
        "mail example.net", "mail.example.net\r\nX", "m\u{e4}il.example.net", "mail_1.example.net", "[192.0.2.7]",
        "::1", String(repeating: "a", count: 64) + ".example", String(repeating: "a.", count: 200) + "example",
    ])
    func aTextThatIsNoDomainIsNoName(text: String?) throws {
        #expect(try names(text, ["192.0.2.7"]) == .none)
    }

    @Test(arguments: [
        ("mail.example.net.", "mail.example.net"), ("localhost", "localhost"), ("4.IN-addr", "4.IN-addr"),
    ])
    func namesAreTakenAsTheyAre(text: String, name: String) throws {
        #expect(try names(text, ["192.0.2.7"]).confirmed == .found(name))
    }

    @Test func whatCannotBeLearntForNowIsUnknown() throws {
        struct Silent: NameService {
            var pointer: String?
            func name(of address: IPAddress) throws(NameFailure) -> String? {
                guard let pointer else { throw NameFailure("try again") }
                return pointer
            }
            func addresses(of name: String, like address: IPAddress) throws(NameFailure) -> [IPAddress] {
                throw NameFailure("try again")
            }
        }
        let client = try #require(IPAddress("192.0.2.7"))
        let neither = ClientNameLookup(service: Silent()).names(of: client)
        #expect(neither == .unknown("the name of 192.0.2.7: try again"))
        let half = ClientNameLookup(service: Silent(pointer: "a.example")).names(of: client)
        #expect(half.reverse == .found("a.example"))
        #expect(half.confirmed == .unknown("the addresses of a.example: try again"))
        #expect(!half.areKnown)
    }

    /// Answered from the hosts file, on any system.
    @Test func theSystemKnowsTheLoopbackInterface() throws {
        let service = SystemNameService()
        let loopback = try #require(IPAddress("127.0.0.1"))
        #expect(try service.addresses(of: "localhost", like: loopback).contains(loopback))
        let name = try #require(try service.name(of: loopback))
        #expect(ClientNameLookup.validated(name) == name)
    }
}

@Suite struct ClientNameCacheTests {
    private func address(_ number: Int) -> IPAddress { IPAddress(v4: UInt32(number)) }

    @Test func keepsNamesForTheirLifetime() {
        var cache = ClientNameCache(capacity: 10)
        let start = NIODeadline.uptimeNanoseconds(1)
        let found = ClientNames(reverse: .found("a.example"), confirmed: .found("a.example"))
        for (number, names) in [found, .none, .unknown("x")].enumerated() {
            cache.keep(names, of: address(number), at: start)
            let end = start + ClientNameCache.lifetime(of: names)
            #expect(cache.names(of: address(number), at: end - .nanoseconds(1)) == names)
            #expect(cache.names(of: address(number), at: end) == nil)
        }
        #expect(ClientNameCache.lifetime(of: found) > ClientNameCache.lifetime(of: .none))
        #expect(ClientNameCache.lifetime(of: .none) > ClientNameCache.lifetime(of: .unknown("x")))
    }

    @Test func isBoundedAndForgetsWhatWasNotAskedForLately() {
        var cache = ClientNameCache(capacity: 100)
        let now = NIODeadline.uptimeNanoseconds(1)
        for number in 0..<1000 {
            cache.keep(.none, of: address(number), at: now)
            #expect(cache.names(of: address(0), at: now) != nil)
            #expect(cache.count <= 100)
        }
        #expect(cache.names(of: address(999), at: now) != nil)
        #expect(cache.names(of: address(500), at: now) == nil)
    }
}

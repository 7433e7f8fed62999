import NIOCore
import TLSEngine
import TLSTestKeys
import Testing

@Suite("Session tickets")
struct TLSResumptionTests {
    @Test("resume a session, in both versions", arguments: TLSSettings.Version.allCases)
    func resumed(version: TLSSettings.Version) throws {
        let parties = try TestParties()
        let keys = TLSTicketKeys()
        let client = try parties.client(Self.settings(version))
        #expect(try Self.meet(parties.server, client, keys) == false)
        #expect(try Self.meet(parties.server, client, keys) == true)
    }

    @Test("outlive one rotation of the keys and no more", arguments: TLSSettings.Version.allCases)
    func rotation(version: TLSSettings.Version) throws {
        let parties = try TestParties()
        let keys = TLSTicketKeys()
        let client = try TLSClientContext(settings: Self.settings(version))
        #expect(try Self.meet(parties.server, client, keys) == false)
        keys.rotate()
        #expect(try Self.meet(parties.server, client, keys) == true)
        keys.rotate()
        #expect(try Self.meet(parties.server, client, keys) == true, "the ticket was replaced by one of the new key")
        keys.rotate()
        keys.rotate()
        #expect(try Self.meet(parties.server, client, keys) == false)
    }

    @Test("are no good at another listener, or with other keys", arguments: TLSSettings.Version.allCases)
    func otherListener(version: TLSSettings.Version) throws {
        let authority = try TestAuthority()
        let certificate = try TLSCertificate(authority.issue(["mx.example.com"]))
        let (keys, otherKeys) = (TLSTicketKeys(), TLSTicketKeys())
        let first = try TLSServerContext(name: "mx", certificates: [certificate])
        let second = try TLSServerContext(name: "submission", certificates: [certificate])
        let reloaded = try TLSServerContext(name: "mx", certificates: [certificate])
        for (other, otherKeys, isResumed) in [
            (second, keys, false), (first, otherKeys, false), (second, otherKeys, false), (reloaded, keys, true),
        ] {
            let client = try TLSClientContext(settings: Self.settings(version))
            #expect(try Self.meet(first, client, keys) == false)
            #expect(try Self.meet(other, client, otherKeys) == isResumed)
        }
    }

    @Test("are no good at a listener whose name ends alike") func longNames() throws {
        let certificate = try TLSCertificate(TestAuthority().issue(["mx.example.com"]))
        let keys = TLSTicketKeys()
        let tail = String(repeating: "x", count: 40)
        let first = try TLSServerContext(name: "a" + tail, certificates: [certificate])
        let second = try TLSServerContext(name: "b" + tail, certificates: [certificate])
        let client = try TLSClientContext(settings: TLSSettings())
        #expect(try Self.meet(first, client, keys) == false)
        #expect(try Self.meet(second, client, keys) == false)
    }

    /// A ticket carries what was verified when it was given.
    @Test("end when other authorities are believed, or clients are asked anew", arguments: TLSSettings.Version.allCases)
    func trust(version: TLSSettings.Version) throws {
        let (authority, other) = (try TestAuthority(), try TestAuthority())
        let certificate = try TLSCertificate(authority.issue(["mx.example.com"]))
        let keys = TLSTicketKeys()
        func server(believing authority: TestAuthority?) throws -> TLSServerContext {
            try TLSServerContext(
                name: "mx",
                certificates: [certificate],
                clientAuthorities: authority.map { try TLSAuthorities(pem: $0.pem) }
            )
        }
        let before = try server(believing: authority)
        for (after, asksBefore, asksAfter, isResumed) in [
            (try server(believing: authority), true, true, true),
            (try server(believing: other), true, true, false),
            (try server(believing: nil), true, true, false),
            (before, false, true, false),
            (before, true, false, false),
            (try server(believing: other), false, false, true),
        ] {
            let device = try TLSCertificate(authority.issue([], subject: "device"))
            let client = try TLSClientContext(certificate: device, settings: Self.settings(version))
            for (server, asks, isResumed) in [(before, asksBefore, false), (after, asksAfter, isResumed)] {
                let pair = try TLSPair(server, client, tickets: keys, asksForCertificate: asks)
                pair.settle()
                #expect(pair.server.state == .established)
                #expect(pair.server.facts?.isResumed == isResumed)
                pair.client.send(ByteBuffer(string: "QUIT\r\n"))
                pair.settle()
            }
        }
    }

    @Test("keep what is known of a client's certificate", arguments: TLSSettings.Version.allCases)
    func clientCertificate(version: TLSSettings.Version) throws {
        let authority = try TestAuthority()
        let keys = TLSTicketKeys()
        let server = try TLSServerContext(
            name: "mx",
            certificates: [try TLSCertificate(authority.issue(["mx.example.com"]))],
            clientAuthorities: TLSAuthorities(pem: authority.pem)
        )
        let device = try TLSCertificate(authority.issue([], subject: "device"))
        let client = try TLSClientContext(certificate: device, settings: Self.settings(version))
        for isResumed in [false, true] {
            let pair = try TLSPair(server, client, tickets: keys, asksForCertificate: true)
            pair.settle()
            #expect(pair.server.facts?.isResumed == isResumed)
            #expect(pair.server.facts?.subject == "CN=device")
            #expect(pair.server.facts?.fingerprint?.count == 95)
            pair.client.send(ByteBuffer(string: "QUIT\r\n"))
            pair.settle()
        }
    }

    private static func settings(_ version: TLSSettings.Version) -> TLSSettings {
        var settings = TLSSettings()
        settings.maximum = version
        return settings
    }

    /// Whether a connection went on with an older session.
    private static func meet(
        _ server: TLSServerContext,
        _ client: TLSClientContext,
        _ keys: TLSTicketKeys
    ) throws -> Bool {
        let pair = try TLSPair(server, client, tickets: keys)
        pair.settle()
        #expect(pair.server.state == .established)
        pair.client.send(ByteBuffer(string: "NOOP\r\n"))
        pair.settle()
        #expect(pair.serverHeard == "NOOP\r\n")
        let isResumed = try #require(pair.client.facts).isResumed
        #expect(pair.server.facts?.isResumed == isResumed)
        return isResumed
    }
}

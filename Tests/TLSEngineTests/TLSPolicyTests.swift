import COpenSSL
import NIOCore
import TLSEngine
import TLSTestKeys
import Testing

@Suite("What an operator asks of TLS")
struct TLSPolicyTests {
    @Test("a client that is too old is refused, and both sides know why")
    func tooOld() throws {
        let authority = try TestAuthority()
        var modern = TLSSettings()
        modern.minimum = .tls13
        let server = try TLSServerContext(
            name: "mx", certificates: [try TLSCertificate(authority.issue(["mx.example.com"]))], settings: modern
        )
        var old = TLSSettings()
        old.maximum = .tls12
        let pair = try TLSPair(server, TLSClientContext(settings: old))
        pair.settle()
        #expect(pair.server.state.failure == "unsupported protocol")
        #expect(pair.client.state.failure == "tlsv1 alert protocol version")
    }

    @Test("no cipher in common is no session")
    func noCipher() throws {
        let parties = try TestParties()
        var settings = TLSSettings()
        settings.maximum = .tls12
        settings.ciphers = "AES128-SHA"
        let pair = try TLSPair(parties.server, TLSClientContext(settings: settings))
        pair.settle()
        #expect(pair.server.state.failure == "no shared cipher")
    }

    @Test("strings that the library does not know are refused with their names")
    func strings() throws {
        let authority = try TestAuthority()
        let certificate = try TLSCertificate(authority.issue(["mx.example.com"]))
        for (path, name) in [(\TLSSettings.ciphers, "ciphers"), (\.suites, "suites"), (\.groups, "groups")] {
            var settings = TLSSettings()
            settings[keyPath: path] = "NO-SUCH-THING"
            let failure = #expect(throws: TLSFailure.self) {
                _ = try TLSServerContext(name: "mx", certificates: [certificate], settings: settings)
            }
            #expect(failure?.reason.hasPrefix("\(name) `NO-SUCH-THING`") == true)
        }
    }

    @Test("the groups of the key exchange are those that were asked for")
    func groups() throws {
        var settings = TLSSettings()
        settings.groups = "P-384"
        let parties = try TestParties(settings: settings)
        var others = TLSSettings()
        others.groups = "X25519"
        let refused = try TLSPair(parties.server, parties.client(others))
        refused.settle()
        #expect(refused.server.state.failure != nil)
        let taken = try TLSPair(parties.server, parties.client())
        taken.settle()
        #expect(taken.server.state == .established)
    }
}

import NIOCore
import TLSEngine
import TLSTestKeys
import Testing

@Suite("Certificates")
struct TLSIdentityTests {
    @Test("an RSA and an ECDSA certificate stand side by side, and the client's algorithms pick")
    func sideBySide() throws {
        let authority = try TestAuthority()
        let server = try TLSServerContext(
            name: "mx",
            certificates: [
                try TLSCertificate(authority.issue(["mx.example.com"], subject: "rsa", key: .rsa)),
                try TLSCertificate(authority.issue(["mx.example.com"], subject: "ecdsa", key: .ecdsa)),
            ]
        )
        #expect(try Self.subject(server, authority, ciphers: "ECDHE-RSA-AES128-GCM-SHA256") == "CN=rsa")
        #expect(try Self.subject(server, authority, ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256") == "CN=ecdsa")
    }

    @Test(
        "the name that a client asks for picks the certificate, and one for no name of ours gets the first",
        arguments: [
            ("mx.example.com", "CN=first"), ("MX.example.ORG", "CN=second"), ("a.wild.example", "CN=third"),
            ("a.b.wild.example", "CN=first"), ("wild.example", "CN=first"), ("unknown.example", "CN=first"),
        ]
    )
    func byName(_ name: String, _ subject: String) throws {
        let authority = try TestAuthority()
        let server = try TLSServerContext(
            name: "mx",
            certificates: [
                try TLSCertificate(authority.issue(["mx.example.com"], subject: "first")),
                try TLSCertificate(authority.issue(["mx.example.org"], subject: "second")),
                try TLSCertificate(authority.issue(["*.wild.example"], subject: "third")),
            ]
        )
        for version in TLSSettings.Version.allCases {
            var settings = TLSSettings()
            settings.maximum = version
            let pair = try TLSPair(server, TLSClientContext(settings: settings), name: name)
            pair.settle()
            let fingerprint = try #require(pair.client.facts?.fingerprint)
            #expect(fingerprint.split(separator: ":").count == 32)
            let verifying = try TLSClientContext(authorities: TLSAuthorities(pem: authority.pem), settings: settings)
            let verified = try TLSPair(server, verifying, name: name)
            verified.settle()
            if subject != "CN=first" || name == "mx.example.com" {
                #expect(verified.client.facts?.subject == subject)
                #expect(verified.client.facts?.fingerprint == fingerprint)
            } else {
                #expect(verified.client.state.failure?.contains("hostname mismatch") == true)
                #expect(verified.server.state.failure != nil)
            }
        }
    }

    @Test("a verifying client believes neither a stranger's signature, nor an old, nor a future certificate")
    func notBelieved() throws {
        let authority = try TestAuthority()
        let cases: [(TestIdentity, String)] = [
            (try TestAuthority("stranger").issue(["mx.example.com"]), "unable to get local issuer certificate"),
            (try authority.issue(["mx.example.com"], lifetime: .past), "certificate has expired"),
            (try authority.issue(["mx.example.com"], lifetime: .future), "certificate is not yet valid"),
            (try authority.issue(["other.example"]), "hostname mismatch"),
        ]
        for (identity, reason) in cases {
            let server = try TLSServerContext(name: "mx", certificates: [try TLSCertificate(identity)])
            let pair = try TLSPair(server, TLSClientContext(authorities: TLSAuthorities(pem: authority.pem)))
            pair.settle()
            #expect(pair.client.state.failure?.contains(reason) == true, "\(pair.client.state)")
            let trusting = try TLSPair(server, TLSClientContext())
            trusting.settle()
            #expect(trusting.client.state == .established)
            #expect(trusting.client.facts?.subject == nil, "nobody vouches for it")
        }
    }

    @Test("a server is verified by its address where it has no name")
    func address() throws {
        let authority = try TestAuthority()
        let identity = try authority.issue(["mx.example.com"], addresses: ["192.0.2.5", "2001:db8::5"])
        let server = try TLSServerContext(name: "mx", certificates: [try TLSCertificate(identity)])
        for (name, isGood) in [("192.0.2.5", true), ("2001:db8::5", true), ("192.0.2.6", false)] {
            let pair = try TLSPair(
                server, TLSClientContext(authorities: TLSAuthorities(pem: authority.pem)), name: name)
            pair.settle()
            #expect((pair.client.state == .established) == isGood, "\(name)")
        }
    }

    @Test("a client's certificate is known by its fingerprint, and its subject when an authority vouches for it")
    func clientCertificate() throws {
        let authority = try TestAuthority()
        let own = try TLSCertificate(authority.issue(["mx.example.com"]))
        let device = try TLSCertificate(authority.issue([], subject: "scanner, 2nd floor"))
        let stranger = try TLSCertificate(TestAuthority("stranger").issue([], subject: "scanner, 2nd floor"))
        let authorities = try TLSAuthorities(pem: authority.pem)
        let server = try TLSServerContext(
            name: "mx", certificates: [own], clientAuthorities: authorities
        )
        for version in TLSSettings.Version.allCases {
            var settings = TLSSettings()
            settings.maximum = version
            func facts(_ certificate: TLSCertificate?) throws -> TLSFacts? {
                let pair = try TLSPair(
                    server, TLSClientContext(certificate: certificate, settings: settings), asksForCertificate: true
                )
                pair.settle()
                #expect(pair.server.state == .established)
                return pair.server.facts
            }
            #expect(try facts(device)?.subject == #"CN=scanner\, 2nd floor"#)
            #expect(try facts(device)?.fingerprint?.count == 95)
            #expect(try facts(stranger)?.subject == nil)
            #expect(try facts(stranger)?.fingerprint != facts(device)?.fingerprint)
            #expect(try facts(nil)?.fingerprint == nil)
            #expect(try facts(nil)?.subject == nil)
        }
    }

    @Test("files that do not fit are refused, each with its reason")
    func files() throws {
        let authority = try TestAuthority()
        let one = try authority.issue(["one.example"])
        let two = try authority.issue(["two.example"])
        let none = Array("no certificate".utf8)
        func fault(_ chain: [UInt8], _ key: [UInt8]) -> TLSCertificateFault? {
            do throws(TLSCertificateFault) {
                _ = try TLSCertificate(chain: chain, key: key)
                return nil
            } catch {
                return error
            }
        }
        #expect(fault(one.chain, two.key) == .mismatch)
        #expect(fault(none, one.key) == .chain("holds no certificate in PEM"))
        #expect(fault(one.chain, none) == .key("holds no private key in PEM"))
        #expect(fault(one.chain, one.chain) == .key("holds no private key in PEM"))
        #expect(
            fault(one.chain + two.chain, one.key) == .chain("has a certificate that is not signed by the one behind it")
        )
        #expect(fault(try one.chain + authority.pem, one.key) == nil)
        #expect(fault([], []) == .chain("holds no certificate in PEM"))
        let broken = one.chain.map { $0 == UInt8(ascii: "A") ? UInt8(ascii: "!") : $0 }
        #expect(fault(broken, one.key) != nil)
    }

    @Test("a certificate tells when it may be used")
    func validity() throws {
        let authority = try TestAuthority()
        let certificate = try TLSCertificate(authority.issue(["mx.example.com"]))
        #expect(certificate.validity(atEpochSeconds: 1_000_000_000) == .notYetValid)
        #expect(certificate.validity(atEpochSeconds: 40_000_000_000) == .expired)
        #expect(certificate.names == ["mx.example.com"])
    }

    /// Of the certificate that a TLS 1.2 client with these ciphers is given.
    private static func subject(
        _ server: TLSServerContext,
        _ authority: TestAuthority,
        ciphers: String
    ) throws -> String? {
        var settings = TLSSettings()
        settings.maximum = .tls12
        settings.ciphers = ciphers
        let pair = try TLSPair(
            server, TLSClientContext(authorities: TLSAuthorities(pem: authority.pem), settings: settings)
        )
        pair.settle()
        return pair.client.facts?.subject
    }
}

import Foundation
import PolicyFiles
import RelayTransport
import TLSTestKeys
import Testing

@testable import GatepostService

@Suite("TLS in the configuration")
struct TLSConfigurationTests {
    /// What is said of a configuration, with the folder of its files as `DIR`.
    private static func diagnostics(_ text: String, in folder: TemporaryFolder) -> [String] {
        Configuration.read(text: text, path: folder.path("f")).diagnostics.map {
            $0.description.replacingOccurrences(of: folder.path(""), with: "")
        }
    }

    @Test("listeners and upstreams get what the file asks for")
    func everything() throws {
        let folder = try TemporaryFolder()
        try folder.writeCertificates(["mx"])
        let text = """
            listeners:
              - { name: mx, address: 127.0.0.1:0, upstream: a, tls: starttls, tls-client-ca: ca.pem }
              - { name: tls, address: 127.0.0.1:0, upstream: b, tls: implicit }
              - { name: clear, address: 127.0.0.1:0, upstream: c, tls: off }
              - { name: plain, address: 127.0.0.1:0, upstream: d }
            upstreams:
              a: { servers: [up.example:25], tls: verified, tls-name: mx.example.com, tls-ca: ca.pem }
              b: { servers: [up.example:25], tls: required, tls-certificate: { chain: mx.pem, key: mx.key } }
              c: { servers: ["[::1]:465"], tls: implicit }
              d: { servers: [10.0.0.5:25], tls: opportunistic }
            certificates: [{ chain: mx.pem, key: mx.key }]
            tls: { minimum: 1.3, ciphers: ECDHE+AESGCM, suites: TLS_AES_256_GCM_SHA384, groups: "X25519:P-256" }
            """
        let read = Configuration.read(text: text, path: folder.path("gatepost.yaml"))
        #expect(read.diagnostics.map(\.description) == [])
        let listeners = try #require(read.configuration).relay.listeners
        #expect(listeners.map(\.security?.beginning) == [.startTLS, .implicit, nil, nil])
        #expect(listeners.map(\.upstreamTLS?.demand) == [.required, .required, .implicit, .opportunistic])
        #expect(listeners.map(\.upstreamTLS?.name) == ["mx.example.com", "up.example", "::1", "10.0.0.5"])
    }

    @Test(
        "a key that users at large can read, write or execute is an error, whatever else is wrong with it",
        arguments: [0o604, 0o602, 0o601, 0o666]
    )
    func openKeys(permissions: Int) throws {
        let folder = try TemporaryFolder()
        try folder.writeCertificates(["mx", "other"])
        let text = """
            listeners: [{ name: a, address: 127.0.0.1:0, upstream: a, tls: starttls }]
            upstreams: { a: { servers: [a.example:25], tls: required, tls-certificate: { chain: mx.pem, key: mx.key } } }
            certificates: [{ chain: other.pem, key: mx.key }]
            """
        let mismatch = "f:3:41: error: `mx.key` is not the key of `other.pem`"
        try folder.setPermissions(0o660, of: "mx.key")
        #expect(Self.diagnostics(text, in: folder) == [mismatch])
        try folder.setPermissions(permissions, of: "mx.key")
        let problem = "error: `mx.key` can be read or written by everybody; `chmod o= mx.key` helps"
        #expect(Self.diagnostics(text, in: folder) == ["f:2:98: \(problem)", "f:3:41: \(problem)", mismatch])
    }

    @Test("every mistake is named at its place")
    func mistakes() throws {
        let folder = try TemporaryFolder()
        try folder.writeCertificates(["mx", "other"])
        let authority = try TestAuthority()
        try folder.write(authority.issue(["old.example"], lifetime: .past), as: "old")
        try folder.write(authority.issue(["new.example"], lifetime: .future), as: "new")
        try folder.write("text", "no certificate")
        try folder.setPermissions(0o600, of: "text")
        let text = """
            listeners:
              - { name: a, address: 127.0.0.1:0, upstream: a, tls: yes }
              - { name: b, address: 127.0.0.1:0, upstream: a, tls-client-ca: text }
              - { name: c, address: 127.0.0.1:0, upstream: a, tls: implicit, tls-client-ca: [] }
            upstreams:
              a: { servers: [a.example:25], tls: maybe }
              b: { servers: [a.example:25], tls: required, tls-ca: ca.pem }
              c: { servers: [a.example:25], tls-name: a.example, tls-certificate: { chain: mx.pem, key: mx.key } }
              d: { servers: [unix:/x], tls: implicit }
              e: { servers: [a.example:25], tls: verified, tls-name: "a b", tls-ca: text }
              f: { servers: [a.example:25], tls: off, tls-ca: ca.pem, tls-name: [] }
            certificates:
              - { chain: absent.pem, key: mx.key }
              - { chain: mx.pem, key: other.key }
              - { chain: text, key: mx.key }
              - { chain: mx.pem, key: text }
              - { chain: old.pem, key: old.key }
              - { chain: new.pem, key: new.key }
              - { chain: [], key: [] }
              - { chain: mx.pem }
              - mx.pem
            tls: { minimum: 1.1, ciphers: NONE-SUCH, suites: NONE-SUCH, groups: [], curves: P-256 }
            """
        #expect(
            Self.diagnostics(text, in: folder) == [
                "f:2:56: error: expected whether TLS is spoken (off, starttls, implicit), found `yes`",
                "f:3:66: error: `tls-client-ca` is of no use without `tls`",
                "f:3:66: error: `text` holds no certificate in PEM",
                "f:4:81: error: expected the path of certificates of authorities, found a sequence",
                "f:6:38: error: expected what is asked of TLS (off, opportunistic, required, verified, implicit), "
                    + "found `maybe`",
                "f:7:56: error: `tls-ca` is of use with `tls: verified` and `tls: implicit` alone",
                "f:8:43: error: `tls-name` is of no use without `tls`",
                "f:8:71: error: `tls-certificate` is of no use without `tls`",
                "f:9:33: error: TLS on a Unix socket needs the key `tls-name`",
                "f:10:58: error: expected a domain as in `mx.example.com`, found `a b`",
                "f:10:73: error: `text` holds no certificate in PEM",
                "f:11:51: error: `tls-ca` is of use with `tls: verified` and `tls: implicit` alone",
                "f:11:69: error: expected a domain, found a sequence",
                "f:11:69: error: `tls-name` is of no use without `tls`",
                "f:13:14: error: `absent.pem` cannot be read: no such file or directory",
                "f:14:27: error: `other.key` is not the key of `mx.pem`",
                "f:15:14: error: `text` holds no certificate in PEM",
                "f:16:27: error: `text` holds no private key in PEM",
                "f:17:14: warning: `old.pem` has expired",
                "f:18:14: warning: `new.pem` is not valid yet",
                "f:19:14: error: expected the path of a chain of certificates, found a sequence",
                "f:19:23: error: expected the path of a private key, found a sequence",
                "f:20:5: error: a certificate needs the key `key`",
                "f:21:5: error: expected a certificate as a mapping, found `mx.pem`",
                "f:22:17: error: expected a version of TLS (1.2, 1.3), found `1.1`; did you mean `1.2`?",
                "f:22:31: error: OpenSSL refuses the ciphers `NONE-SUCH`: no cipher match",
                "f:22:50: error: OpenSSL refuses the suites `NONE-SUCH`: no cipher match",
                "f:22:69: error: expected text, found a sequence",
                "f:22:73: error: unknown key `curves`",
            ])
    }

    @Test("what is missing or too weak is told where TLS is asked for")
    func missing() throws {
        let folder = try TemporaryFolder()
        try folder.write(TestAuthority().issue(["weak.example"], key: .shortRSA), as: "weak")
        let listener = "listeners: [{ name: a, address: 127.0.0.1:0, upstream: a, tls: starttls }]\n"
        #expect(
            Self.diagnostics(listener + "upstreams: { a: { servers: [a.example:25] } }\n", in: folder) == [
                "f:1:64: error: TLS needs `certificates`"
            ])
        #expect(
            Self.diagnostics(
                listener + "upstreams: { a: { servers: [a.example:25] } }\ncertificates: []\ntls: []\n", in: folder
            ) == [
                "f:3:15: error: expected at least one certificate",
                "f:4:6: error: expected TLS settings as a mapping, found a sequence",
            ])
        #expect(
            Self.diagnostics(
                listener + "upstreams: { a: { servers: [a.example:25] } }\n"
                    + "certificates: [{ chain: weak.pem, key: weak.key }]\n",
                in: folder
            ) == ["f:1:64: error: TLS cannot be set up: certificate: ee key too small"])
    }
}

import Foundation
import RelayCore
import RelayTransport
import Testing

@testable import GatepostService

@Suite("Logins in the configuration")
struct LoginConfigurationTests {
    private static func diagnostics(_ text: String, in folder: TemporaryFolder) -> [String] {
        Configuration.read(text: text, path: folder.path("f")).diagnostics.map {
            $0.description.replacingOccurrences(of: folder.path(""), with: "")
        }
    }

    private static func folder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.writeCertificates(["mx"])
        for (name, text) in [("pw", "b0ron i say\n"), ("token", "ya29.x"), ("lines", "a\nb\n"), ("empty", "\n")] {
            try folder.writeSecret(name, text)
        }
        try folder.writeSecret("open", "b0ron\n", mode: 0o644)
        return folder
    }

    @Test("listeners offer AUTH as asked, and upstreams are logged in to")
    func everything() throws {
        let text = """
            listeners:
              - { name: a, address: 127.0.0.1:0, upstream: a, auth: always }
              - { name: b, address: 127.0.0.1:0, upstream: b, tls: starttls, auth: after-tls }
              - { name: c, address: 127.0.0.1:0, upstream: c, auth: off }
              - { name: d, address: 127.0.0.1:0, upstream: d }
            upstreams:
              a: { servers: [127.0.0.1:25], login: { user: relay, password-file: pw } }
              b: { servers: [a.example:587], tls: required, login: { user: me@a.example, token-file: token } }
              c: { servers: [unix:/run/mail], login: { user: relay, password-file: pw } }
              d: { servers: [10.0.0.5:25] }
            certificates: [{ chain: mx.pem, key: mx.key }]
            limits: { auth-failures: 5 }
            """
        let folder = try Self.folder()
        let read = Configuration.read(text: text, path: folder.path("gatepost.yaml"))
        #expect(read.diagnostics.map(\.description) == [])
        let relay = try #require(read.configuration).relay
        #expect(relay.listeners.map(\.authentication) == [.always, .afterTLS, .off, .afterTLS])
        #expect(relay.limits.failedLogins == 5)
        let password = UpstreamLogin(user: "relay", secret: .password("b0ron i say"), mayBeInClear: true)
        let token = UpstreamLogin(user: "me@a.example", secret: .token("ya29.x"))
        #expect(relay.listeners.map(\.login) == [password, token, password, nil])
        #expect(!"\(relay)".contains("b0ron"))
    }

    @Test("every mistake is named at its place, and no secret with it")
    func mistakes() throws {
        let text = """
            listeners:
              - { name: a, address: 127.0.0.1:0, upstream: a, auth: after-tls }
              - { name: b, address: 127.0.0.1:0, upstream: a, auth: yes }
            upstreams:
              a: { servers: [a.example:25], login: { user: relay, password-file: pw } }
              b: { servers: [a.example:25], tls: opportunistic, login: { user: relay, password-file: pw } }
              c: { servers: [127.0.0.1:25], login: { password-file: pw, pass: b0ron } }
              d: { servers: [127.0.0.1:25], login: { user: [], token-file: absent } }
              e: { servers: [127.0.0.1:25], login: { user: relay, password-file: pw, token-file: token } }
              f: { servers: [127.0.0.1:25], login: { user: relay, password-file: open } }
              g: { servers: [127.0.0.1:25], login: { user: relay, password-file: lines } }
              h: { servers: [127.0.0.1:25], login: { user: relay, token-file: empty } }
              i: { servers: [127.0.0.1:25], login: relay }
              j: { servers: [127.0.0.1:25], login: { user: relay, password-file: [] } }
              k: { servers: [127.0.0.1:25], login: { user: relay, token-file: [] } }
            """
        let found = Self.diagnostics(text, in: try Self.folder())
        let needsTLS = "a login needs `tls: required`, `tls: verified` or `tls: implicit` of the upstream"
        #expect(
            found == [
                "f:2:57: warning: AUTH is never offered: the listener has no `tls`",
                "f:3:57: error: expected when AUTH is offered (off, after-tls, always), found `yes`",
                "f:5:40: error: \(needsTLS)",
                "f:6:60: error: \(needsTLS)",
                "f:7:40: error: a login needs the key `user`",
                "f:7:61: error: unknown key `pass`",
                "f:8:48: error: expected the name of a user, found a sequence",
                "f:8:64: error: `absent` cannot be read: no such file or directory",
                "f:9:40: error: a login needs either the key `password-file` or the key `token-file`",
                "f:10:70: error: `open` can be read or written by everybody; `chmod o= open` helps",
                "f:11:70: error: `lines` is not one line of text",
                "f:12:67: error: `empty` is not one line of text",
                "f:13:40: error: expected a login as a mapping, found `relay`",
                "f:14:70: error: expected the path of a password, found a sequence",
                "f:15:67: error: expected the path of a token, found a sequence",
            ])
        #expect(!found.joined().contains("b0ron"))
    }
}

extension TemporaryFolder {
    func writeSecret(_ name: String, _ text: String, mode: Int = 0o600) throws {
        try write(name, text)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path(name))
    }
}

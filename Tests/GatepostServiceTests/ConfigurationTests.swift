import Foundation
import Logging
import NIOCore
import RelayCore
import RelayTransport
import SMTPProtocol
import Testing

@testable import GatepostService

@Suite struct ConfigurationTests {
    private static let minimal = """
        listeners: [{ name: mx, address: 127.0.0.1:2525, upstream: mail }]
        upstreams: { mail: { servers: [127.0.0.1:25] } }

        """

    private static func diagnostics(_ text: String) -> [String] {
        Configuration.read(text: text, path: "dir/f").diagnostics.map { String($0.description.dropFirst(4)) }
    }

    @Test func whatIsNotSaidHasItsDefault() throws {
        let configuration = try #require(Configuration.read(text: Self.minimal, path: "f").configuration)
        let relay = configuration.relay
        #expect(relay.listeners.map(\.name) == ["mx"])
        #expect(relay.listeners.map(\.endpoint) == [Endpoint("127.0.0.1:2525")])
        #expect(relay.listeners.map(\.upstream) == [Endpoint("127.0.0.1:25")])
        #expect(relay.hostname == SystemName.hostname)
        #expect(relay.addsTraceField)
        #expect(relay.sessions == 20_000)
        #expect(relay.sessionsPerClient == 100)
        #expect(relay.limits == RelayLimits())
        #expect(relay.timeouts == RelayTimeouts())
        #expect(configuration.policies.isEmpty)
        #expect(configuration.log == .init(level: .info, format: .text))
        #expect(configuration.loopsOfEachWorker == System.coreCount)
    }

    @Test(arguments: [(1, 1, 1), (1, 6, 6), (4, 9, 2), (4, 3, 1)])
    func threadsAreSharedAmongWorkers(workers: Int, threads: Int, loops: Int) throws {
        let text = Self.minimal + "workers: \(workers)\nthreads: \(threads)\n"
        let configuration = try #require(Configuration.read(text: text, path: "f").configuration)
        #expect(configuration.loopsOfEachWorker == loops)
    }

    @Test func aKeyOfALaterVersionIsNoneOfThisOne() {
        for (path, names) in ConfigurationKeys.later {
            let keys = names.map { path.isEmpty ? $0 : "\(path).\($0)" }
            #expect(ConfigurationKeys.rows.filter { keys.contains($0.path) }.isEmpty)
        }
    }

    @Test func everyKeyArrives() throws {
        let text = """
            hostname: mx.example.com
            listeners:
              - { name: mx, address: "[::1]:0", upstream: mail }
              - { name: local, address: unix:/run/gatepost.sock, upstream: archive }
            upstreams:
              mail: { servers: ["mail.example.com:25"] }
              archive: { servers: [unix:/run/archive.sock] }
            policies: [one.yaml, /etc/two.yaml]
            trace: none
            limits: { sessions: 1, sessions-per-client: 2, recipients: 3, command-line: 1024, header: 4 KiB,
                      message: 5 MB, errors: 6, received: 7, held: 8 KiB, held-memory: 9 MiB, spool: 10 GiB }
            timeouts: { command: 1s, data: 2s, session: 3m, connect: 400ms, upstream-reply: 5s, upstream-final: 1h,
                        pace: 0 B/s }
            log: { level: debug, format: json }

            """
        let (configuration, diagnostics) = Configuration.read(text: text, path: "/etc/gatepost/f.yaml")
        #expect(diagnostics.map(\.isError) == [false])
        let relay = try #require(configuration).relay
        #expect(relay.hostname == "mx.example.com")
        #expect(relay.listeners.map(\.endpoint) == [Endpoint("[::1]:0"), Endpoint("unix:/run/gatepost.sock")])
        #expect(
            relay.listeners.map(\.upstream) == [Endpoint("mail.example.com:25"), Endpoint("unix:/run/archive.sock")])
        #expect(configuration?.policies.map(\.path) == ["/etc/gatepost/one.yaml", "/etc/two.yaml"])
        #expect(!relay.addsTraceField)
        #expect((relay.sessions, relay.sessionsPerClient) == (1, 2))
        var limits = RelayLimits()
        (limits.recipients, limits.commandLine, limits.header) = (3, 1024, 4096)
        (limits.message, limits.errors, limits.received) = (5_000_000, 6, 7)
        limits.held = 8192
        #expect((relay.heldMemory, relay.spoolQuota) == (9 << 20, 10 << 30))
        #expect(relay.limits == limits)
        var timeouts = RelayTimeouts()
        (timeouts.command, timeouts.data, timeouts.session) = (.seconds(1), .seconds(2), .minutes(3))
        (timeouts.connect, timeouts.upstreamReply, timeouts.upstreamFinal) = (
            .milliseconds(400), .seconds(5), .minutes(60)
        )
        timeouts.pace = 0
        #expect(relay.timeouts == timeouts)
        #expect(configuration?.log == .init(level: .debug, format: .json))
    }

    @Test func aSpoolIsAFolderOfItsUserAlone() throws {
        let folder = try TemporaryFolder()
        func read(_ spool: String) throws -> (folder: String?, said: [String]) {
            let text = """
                listeners: [{ name: a, address: "127.0.0.1:25", upstream: a }]
                upstreams: { a: { servers: [unix:/a] } }
                limits: { spool: 1 GiB }
                \(spool)

                """
            try folder.write("f", text)
            let (configuration, diagnostics) = Configuration.read(text: text, path: folder.path("f"))
            let said = diagnostics.map { "\($0)".replacing(folder.path(""), with: "") }
            return (configuration?.relay.spoolFolder, said)
        }
        #expect(
            try read("spool: none").said == [
                "f:4:8: error: the spool `none` cannot be looked at: No such file or directory"
            ])
        #expect(try read("spool: f").said == ["f:4:8: error: the spool `f` is not a folder"])
        #expect(try read("spool: []").said == ["f:4:8: error: expected the path of a folder, found a sequence"])
        try FileManager.default.createDirectory(
            atPath: folder.path("spool"), withIntermediateDirectories: false, attributes: [.posixPermissions: 0o701])
        #expect(
            try read("spool: spool").said == [
                "f:4:8: error: the spool `spool` is open to every user (permissions 0701); expected 0700 or 0750"
            ])
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.path("spool"))
        #expect(try read("spool: spool") == (folder.path("spool"), []))
        #expect(
            try read("").said == [
                "f:3:11: warning: `limits.spool` is of no use without the key `spool`, which names the folder"
            ])
    }

    @Test(
        "who serves clients is an account that is not root's",
        arguments: [
            ("nobody", nil), ("nobody:mail", nil), ("1234:nogroup", nil), ("1234:5678", nil),
            ("root", "root does not serve clients: name an account of its own, as in `user: gatepost`"),
            ("\"0:8\"", "root does not serve clients: name an account of its own, as in `user: gatepost`"),
            ("nobody:root", "root's group does not serve clients: name another one, as in `user: gatepost:gatepost`"),
            ("no-such", "this host has no user `no-such`"),
            ("nobody:no-such", "this host has no group `no-such`"),
            ("4294967295:8", "this host has no user `4294967295`"),
            ("1234", "the user 1234 has no account here: write its group as well, `1234:GROUP`"),
            ("\"nobody:\"", "expected a user as in `gatepost` or `gatepost:mail`, found `nobody:`"),
            ("a b", "expected a user as in `gatepost` or `gatepost:mail`, found `a b`"),
            ("[]", "expected a user, found a sequence"),
        ]
    )
    func users(text: String, problem: String?) {
        let (configuration, diagnostics) = Configuration.read(
            text: """
                user: \(text)
                listeners: [{ name: a, address: 127.0.0.1:0, upstream: a }]
                upstreams: { a: { servers: [127.0.0.1:25] } }
                """,
            path: "f"
        )
        #expect(diagnostics.map(\.description) == (problem.map { ["f:1:7: error: \($0)"] } ?? []))
        #expect(configuration?.user?.description == (problem == nil ? text : nil))
    }

    @Test func howMessagesPassIsToldByListenerAndUpstream() throws {
        let text = """
            listeners:
              - { name: a, address: "127.0.0.1:25", upstream: mail, line-ends: normalise }
              - { name: b, address: "127.0.0.1:26", upstream: mail, line-ends: { normalise-for: [10.0.0.0/8] } }
              - { name: c, address: "127.0.0.1:27", upstream: archive }
            upstreams: { mail: { servers: ["127.0.0.1:2525"], chunking: off }, archive: { servers: [unix:/a] } }

            """
        let (configuration, diagnostics) = Configuration.read(text: text, path: "f")
        #expect(diagnostics.isEmpty)
        let listeners = try #require(configuration).relay.listeners
        let network = try #require(IPNetwork("10.0.0.0/8"))
        #expect(listeners.map(\.lineEnds) == [.normalise, .normaliseFor([network]), .refuse])
        #expect(listeners.map(\.sendsChunks) == [false, false, true])
    }

    @Test(arguments: [
        (
            "hostnam: x\n",
            [
                "f:1:1: error: unknown key `hostnam`; did you mean `hostname`?",
                "f:1:1: error: a configuration needs the key `listeners`",
                "f:1:1: error: a configuration needs the key `upstreams`",
            ]
        ),
        (
            "listeners: []\nupstreams: {}\n",
            [
                "f:1:12: error: expected at least one listener",
                "f:2:12: error: expected at least one upstream",
            ]
        ),
        (
            """
            listeners:
              - { name: a, address: "127.0.0.1:25", upstream: mail, line-ends: mend }
              - { name: b, address: "127.0.0.1:26", upstream: mail, line-ends: { normalise-for: [10.0.0.1/8, x] } }
              - { name: c, address: "127.0.0.1:27", upstream: mail, line-ends: { for: 10.0.0.0/8 } }
            upstreams: { mail: { servers: ["127.0.0.1:2525"], chunking: never } }

            """,
            [
                "f:2:68: error: expected what becomes of bare line ends (refuse, normalise), found `mend`",
                "f:3:86: error: expected a network as in `192.0.2.0/24`, found `10.0.0.1/8`; "
                    + "did you mean `10.0.0.0/8`?",
                "f:3:98: error: expected a network as in `192.0.2.0/24`, found `x`",
                "f:4:68: error: line ends needs the key `normalise-for`",
                "f:4:70: error: unknown key `for`",
                "f:5:61: error: expected whether to send chunks (off, auto), found `never`",
            ]
        ),
        (
            minimal + "certificates: []\nadmin: { address: 127.0.0.1:8025 }\nstate: memory\n",
            [
                "f:3:15: error: expected at least one certificate",
                "f:4:1: error: `admin` is not available in this version",
                "f:5:1: error: `state` is not available in this version",
            ]
        ),
        (
            minimal + "limits: { session: 5, spool: 2 GiB, errors: many, message: 50 MiBs, recipients: 0 }\n",
            [
                "f:3:11: error: unknown key `session`; did you mean `sessions`?",
                "f:3:23: warning: `limits.spool` is of no use without the key `spool`, which names the folder",
                "f:3:45: error: expected a whole number, found `many`",
                "f:3:60: error: expected a size (a number, alone or with KiB, MiB, GiB, KB, MB or GB), found `50 MiBs`",
                "f:3:81: error: `0` is out of range: at least 1",
            ]
        ),
        (
            """
            listeners: [{ name: a, address: 127.0.0.1:0, upstream: u }]
            upstreams:
              u: { servers: [127.0.0.1:25], eight-bit: convert }
              v: { servers: [127.0.0.1:25], eight-bit: { downgrade: always } }
              w: { servers: [127.0.0.1:25], eight-bit: { require: true } }

            """,
            [
                "f:3:44: error: expected what becomes of 8-bit content (require, downgrade), found `convert`",
                "f:4:57: error: expected how content is converted as a mapping, found `always`",
                "f:5:46: error: unknown key `require`",
            ]
        ),
        (
            minimal + "timeouts:\n  command: 300\n  data: 1ms\n  pace: 1000\n",
            [
                "f:4:12: error: expected a duration (a number with ms, s, m, h or d), found `300`",
                "f:5:9: error: `1ms` is out of range: at least 100ms",
                "f:6:9: error: expected a pace (a size per second, as in `1000 B/s`), found `1000`",
            ]
        ),
        (
            minimal + "log: { level: warn, format: no }\ntrace: yes\nhostname: on\npolicies: [a.yaml, a.yaml, ~]\n",
            [
                "f:3:15: error: expected a level (trace, debug, info, notice, warning, error, critical), "
                    + "found `warn`",
                "f:3:29: error: expected a format (text, json), found `no`",
                "f:4:8: error: expected a kind of trace (received, none), found `yes`",
                "f:5:11: error: expected a domain, found `on`, which YAML takes for true or false; "
                    + "write \"on\" in quotes",
                "f:6:20: error: duplicate policy `a.yaml`; first named in line 6",
                "f:6:28: error: expected the path of a policy, found nothing",
            ]
        ),
        (
            """
            listeners:
              - { name: mx, address: 0.0.0.0:25, upstream: mai, tls: starttls }
              - { name: mx, address: 0.0.0.0:25, upstream: mail }
              - { address: somewhere, upstream: mail }
              - mx
            upstreams:
              mail: { servers: [10.0.0.5:25, 10.0.0.6:25], protocol: smtp }
              other: { servers: [] }
              third: { servers: 10.0.0.5:25 }
              fourth: { servers: [10.0.0.5:0] }
              fifth:

            """,
            [
                "f:2:48: error: unknown upstream `mai`; did you mean `mail`?",
                "f:2:58: error: TLS needs `certificates`",
                "f:3:13: error: duplicate listener `mx`; first named in line 2",
                "f:3:26: error: duplicate address `0.0.0.0:25`; first given in line 2",
                "f:4:5: error: a listener needs the key `name`",
                "f:4:16: error: expected an address (host:port, [v6]:port or unix:/path), found `somewhere`",
                "f:5:5: error: expected a listener as a mapping, found `mx`",
                "f:7:34: error: one server per upstream in this version; found another one",
                "f:7:48: error: `protocol` is not available in this version",
                "f:8:21: error: expected a server, found none",
                "f:9:21: error: expected servers as a sequence, found `10.0.0.5:25`",
                "f:10:23: error: expected the port of a server, found 0",
                "f:11:9: error: expected an upstream as a mapping, found nothing",
            ]
        ),
        (
            "listeners: [{ name: mx, address: 127.0.0.1:2525, upstream: mail }]\n"
                + "upstreams: { mail: { servers: [127.0.0.1:25], reuse: 5 } }\n",
            ["f:2:54: error: expected how connections are kept as a mapping, found `5`"]
        ),
        (
            "policy: p\nrules: []\n",
            ["f:1:1: error: this is a policy; expected a configuration"]
        ),
        (
            minimal + "log: [info]\nlimits: 5\nhostname: not a name\ncertificate: []\npolicies: [[a]]\ncache: [a]\n",
            [
                "f:3:6: error: expected log settings as a mapping, found a sequence",
                "f:4:9: error: expected limits as a mapping, found `5`",
                "f:5:11: error: expected a domain as in `mx.example.com`, found `not a name`",
                "f:6:1: error: unknown key `certificate`; did you mean `certificates`?",
                "f:7:12: error: expected the path of a policy, found a sequence",
                "f:8:8: error: expected the path of a folder, found a sequence",
            ]
        ),
        (
            "listeners: [{ name: [a], address: [b], upstream: [c] }]\nupstreams: []\n",
            [
                "f:1:21: error: expected the name of a listener, found a sequence",
                "f:1:35: error: expected an address (host:port, [v6]:port or unix:/path), found a sequence",
                "f:1:50: error: expected the name of an upstream, found a sequence",
                "f:2:12: error: expected upstreams by name as a mapping, found a sequence",
            ]
        ),
        ("just a word\n", ["f:1:1: error: expected a configuration as a mapping, found `just a word`"]),
        (
            "listeners: [\n",
            ["f:2:1: error: a value is missing, or a bracket that closes"]
        ),
    ])
    func everyMistakeIsNamedAtOnce(text: String, expected: [String]) {
        #expect(Self.diagnostics(text) == expected)
        #expect(Configuration.read(text: text, path: "f").configuration == nil)
    }

    @Test func listenersThatPickTheirPortsMayShareAnAddress() {
        let text = """
            listeners:
              - { name: one, address: 127.0.0.1:0, upstream: mail }
              - { name: two, address: 127.0.0.1:0, upstream: mail }
            upstreams: { mail: { servers: [127.0.0.1:25] } }

            """
        #expect(Self.diagnostics(text).isEmpty)
    }

    @Test func mistakesInPoliciesAreNamedWithThoseOfTheConfiguration() throws {
        let folder = try TemporaryFolder()
        try folder.write(
            "gatepost.yaml", Self.minimal + "policies: [bad.yaml, missing.yaml]\n"
        )
        try folder.write("bad.yaml", "policy: bad\nruls: []\n")
        let loaded = ConfigurationSource.file(folder.path("gatepost.yaml")).load()
        let lines = loaded.diagnostics.map { $0.description.replacing(folder.path(""), with: "") }
        #expect(loaded.configuration == nil)
        #expect(lines.contains("gatepost.yaml:3:22: error: `missing.yaml` cannot be read: no such file or directory"))
        #expect(lines.contains("bad.yaml:2:1: error: unknown key `ruls`; did you mean `rules`?"))
    }

    @Test func aCommandLineIsAConfiguration() throws {
        let configuration = try Configuration(listen: "127.0.0.1:0", upstream: "unix:/run/mail", policies: ["a", "b"])
        #expect(configuration.relay.listeners.map(\.upstream) == [.unixSocket(path: "/run/mail")])
        #expect(configuration.policies.map(\.path) == ["a", "b"])
        #expect(throws: UsageError.self) { try Configuration(listen: "x", upstream: "127.0.0.1:1", policies: []) }
    }

    @Test(arguments: [
        ("require", EightBitHandling.require), ("downgrade", .downgrade(breakingSignatures: false)),
        ("{ downgrade: {} }", .downgrade(breakingSignatures: false)),
        ("{ downgrade: { signed: true } }", .downgrade(breakingSignatures: true)),
    ])
    func eightBitContentIsHandledAsConfigured(text: String, handling: EightBitHandling) {
        let loaded = Configuration.read(
            text: """
                listeners: [{ name: a, address: 127.0.0.1:0, upstream: u }]
                upstreams: { u: { servers: [127.0.0.1:25], eight-bit: \(text) } }
                """, path: "f")
        #expect(loaded.diagnostics.map(\.description) == [])
        #expect(loaded.configuration?.upstreams.first?.eightBit == handling)
        #expect(loaded.configuration?.relay.listeners.first?.eightBit == handling)
    }
}

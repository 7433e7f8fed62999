import RelayCore
import RelayTransport
import SMTPProtocol
import Testing

@testable import GatepostService

@Suite struct IdentityConfigurationTests {
    private static func text(listener: String = "", upstream: String = "") -> String {
        "listeners: [{ name: mx, address: 127.0.0.1:2525, upstream: mail\(listener) }]\n"
            + "upstreams: { mail: { servers: [127.0.0.1:25]\(upstream) } }\n"
    }

    private static func diagnostics(_ text: String) -> [String] {
        Configuration.read(text: text, path: "f").diagnostics.map(\.description)
    }

    @Test func isReadIntoTheListener() throws {
        let text = Self.text(
            listener: ", accept-proxy-protocol: [10.0.0.0/8, '2001:db8::/32'], accept-xclient: [192.0.2.1]",
            upstream: ", identify: proxy-v2"
        )
        let read = Configuration.read(text: text, path: "f")
        #expect(read.diagnostics.isEmpty)
        let listener = try #require(read.configuration?.relay.listeners.first)
        #expect(listener.identify == .proxyV2)
        #expect(listener.trusted.header == ["10.0.0.0/8", "2001:db8::/32"].compactMap { IPNetwork($0) })
        #expect(listener.trusted.xclient == ["192.0.2.1"].compactMap { IPNetwork($0) })
    }

    @Test(arguments: [
        ("none", UpstreamIdentification.none), ("xclient", .xclient), ("xforward", .xforward), ("proxy-v1", .proxyV1),
        ("proxy-v2", .proxyV2),
    ])
    func everyWayHasItsWord(_ word: String, _ way: UpstreamIdentification) {
        let read = Configuration.read(text: Self.text(upstream: ", identify: \(word)"), path: "f")
        #expect(read.configuration?.relay.listeners.first?.identify == way)
    }

    @Test(arguments: [
        (
            text(listener: ", accept-proxy-protocol: [10.0.0.1/8, mx.example.com, ''], accept-xclient: []"),
            [
                "f:1:90: error: expected a network as in `192.0.2.0/24`, found `10.0.0.1/8`; did you mean `10.0.0.0/8`?",
                "f:1:102: error: expected a network as in `192.0.2.0/24`, found `mx.example.com`",
                "f:1:118: error: expected a network on one line, found nothing",
                "f:1:139: error: expected at least one network, found none",
            ]
        ),
        (
            text(listener: ", accept-xclient: 10.0.0.1"),
            ["f:1:82: error: expected networks as a sequence, found `10.0.0.1`"]
        ),
        (
            text(upstream: ", identify: xlient"),
            [
                "f:2:57: error: expected how the client is made known (none, xclient, xforward, proxy-v1, proxy-v2), "
                    + "found `xlient`; did you mean `xclient`?"
            ]
        ),
        (
            text(upstream: ", identify: xclient, reuse: {}"),
            [
                "f:2:73: error: `reuse` is of no use beside `identify: xclient`: a connection that is told who its "
                    + "client is serves no other"
            ]
        ),
        (text(upstream: ", identify: none, reuse: {}"), []),
        (
            "listeners: [{ name: mx, address: 'unix:/run/x', upstream: mail, accept-xclient: [10.0.0.1] }]\n"
                + "upstreams: { mail: { servers: [127.0.0.1:25] } }\n",
            ["f:1:81: error: `accept-xclient` is of no use on a Unix socket, whose clients have no address"]
        ),
    ])
    func everyMistakeIsNamed(_ text: String, _ expected: [String]) {
        #expect(Self.diagnostics(text) == expected)
    }
}

import NIOCore
import TLSEngine
import TLSTestKeys

/// Two connections back to back: what one puts out the other takes in, in pieces of any size.
final class TLSPair {
    let server: TLSConnection
    let client: TLSConnection
    private(set) var serverHeard = ""
    private(set) var clientHeard = ""

    init(
        _ server: TLSServerContext,
        _ client: TLSClientContext,
        name: String = "mx.example.com",
        tickets: TLSTicketKeys = TLSTicketKeys(),
        asksForCertificate: Bool = false
    ) throws {
        self.server = try TLSConnection(server: server, tickets: tickets, asksForCertificate: asksForCertificate)
        self.client = try TLSConnection(client: client, name: name)
    }

    /// Carries octets to and fro, at most `piece` at a time, until neither side has any.
    func settle(piece: Int = .max) {
        while true {
            let toServer = client.takeOutput()
            let toClient = server.takeOutput()
            if toServer == nil, toClient == nil { return }
            serverHeard += Self.carry(toServer, to: server, piece)
            clientHeard += Self.carry(toClient, to: client, piece)
        }
    }

    private static func carry(_ octets: ByteBuffer?, to connection: TLSConnection, _ piece: Int) -> String {
        guard var octets else { return "" }
        var heard = ByteBuffer()
        while octets.readableBytes > 0, let slice = octets.readSlice(length: min(piece, octets.readableBytes)) {
            if var said = connection.receive(slice) { heard.writeBuffer(&said) }
        }
        return String(buffer: heard)
    }
}

extension TLSCertificate {
    convenience init(_ identity: TestIdentity) throws {
        try self.init(chain: identity.chain, key: identity.key)
    }
}

extension TLSConnection.State {
    var failure: String? {
        if case .failed(let failure) = self { failure.reason } else { nil }
    }
}

/// What a server and a client need, made once.
struct TestParties {
    let authority: TestAuthority
    let server: TLSServerContext

    init(_ names: [String] = ["mx.example.com"], settings: TLSSettings = TLSSettings()) throws {
        authority = try TestAuthority()
        server = try TLSServerContext(
            name: "mx",
            certificates: [try TLSCertificate(authority.issue(names))],
            settings: settings
        )
    }

    func client(_ settings: TLSSettings = TLSSettings(), certificate: TLSCertificate? = nil) throws -> TLSClientContext
    {
        try TLSClientContext(
            authorities: TLSAuthorities(pem: authority.pem), certificate: certificate, settings: settings
        )
    }
}

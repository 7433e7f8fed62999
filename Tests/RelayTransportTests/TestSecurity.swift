import RelayCore
import RelayTransport
import TLSEngine
import TLSTestKeys

/// Keys and contexts of both peers and both sides of the relay, made once in a run.
struct TestSecurity: Sendable {
    static let shared = Result { try TestSecurity() }

    let authority: TestAuthority
    let authorities: TLSAuthorities
    let certificate: TLSCertificate
    let server: TLSServerContext
    let client: TLSClientContext
    let tickets = TLSTicketKeys()

    init() throws {
        authority = try TestAuthority()
        authorities = try TLSAuthorities(pem: authority.pem)
        let identity = try authority.issue(["mx.example.com", "up.example"], addresses: ["127.0.0.1"])
        certificate = try TLSCertificate(chain: identity.chain, key: identity.key)
        server = try TLSServerContext(name: "mx", certificates: [certificate], clientAuthorities: authorities)
        client = try TLSClientContext(authorities: authorities)
    }

    // MARK: The relay's sides

    func listener(_ security: ClientSecurity) -> ListenerSecurity? {
        switch security {
        case .none: nil
        case .startTLS: ListenerSecurity(.startTLS, server)
        case .implicit: ListenerSecurity(.implicit, server)
        }
    }

    func upstream(_ security: UpstreamSecurity, name: String = "up.example") -> UpstreamTLS? {
        switch security {
        case .none: nil
        case .opportunistic: UpstreamTLS(.opportunistic, client, name: name)
        case .required: UpstreamTLS(.required, client, name: name)
        case .implicit: UpstreamTLS(.implicit, client, name: name)
        }
    }

    // MARK: The peers'

    /// A client's end of a connection to the relay.
    func clientConnection() throws -> TLSConnection { try TLSConnection(client: client, name: "mx.example.com") }

    /// An upstream's end of a connection from the relay.
    func serverConnection() throws -> TLSConnection { try TLSConnection(server: server, tickets: tickets) }
}

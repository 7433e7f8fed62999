import COpenSSL

/// What a server's connections share: its certificates and its settings.
///
/// Sessions are resumed by tickets alone (RFC 5077, RFC 8446 4.6.1): nothing is kept here for a client that has left. A
/// ticket is good for the context name it was given under, so that one listener's is no use at another. Where a client is
/// asked for a certificate it is good for as long as the same authorities are believed: a ticket carries what was
/// verified before.
public final class TLSServerContext: Sendable {
    let context: TLSContext
    private let selection: TLSCertificateSelection
    /// What tickets are good for where clients are not asked for a certificate, and where they are.
    private let scope, scopeOfAsked: [UInt8]

    /// `clientAuthorities` are those that vouch for what a client's certificate says, where one is asked for.
    public init(
        name: String,
        certificates: [TLSCertificate],
        settings: TLSSettings = TLSSettings(),
        clientAuthorities: TLSAuthorities? = nil
    ) throws(TLSFailure) {
        guard !certificates.isEmpty else { throw TLSFailure("no certificate") }
        context = try TLSContext(TLS_server_method(), settings, defaultCiphers: TLSSettings.defaultCiphers)
        selection = TLSCertificateSelection(certificates)
        let pointer = context.pointer
        SSL_CTX_set_options(pointer, gatepost_options_of_servers)
        try context.check(gatepost_ctx_set_dh_auto(pointer, 1), "Diffie-Hellman")
        for index in selection.standard { try context.use(selection[index]) }

        scope = try Self.digest(of: Array(name.utf8))
        scopeOfAsked = try Self.digest(of: scope + (clientAuthorities?.fingerprint() ?? [0]))
        try context.check(SSL_CTX_set_session_id_context(pointer, scope, UInt32(scope.count)), "name")
        gatepost_ctx_set_session_cache_mode(pointer, Int(SSL_SESS_CACHE_OFF))
        SSL_CTX_set_timeout(pointer, TLSTicketKeys.lifetimeInSeconds)
        SSL_CTX_set_num_tickets(pointer, 1)
        SSL_CTX_set_tlsext_ticket_key_evp_cb(pointer) { connection, name, vector, cipher, mac, isSealing in
            guard let owner = TLSConnection.owner(of: connection), let tickets = owner.tickets else { return -1 }
            return tickets.prepare(name, vector, cipher, mac, isSealing: isSealing == 1)
        }
        SSL_CTX_set_cert_cb(
            pointer,
            { connection, _ in TLSConnection.owner(of: connection)?.presentCertificates() ?? 0 },
            nil
        )
        guard let clientAuthorities else { return }
        try context.trust(clientAuthorities)
        context.nameToClients(clientAuthorities)
    }

    /// Has a connection ask for the client's certificate. What it says is for the rules, whatever it is.
    func askForCertificate(on connection: OpaquePointer) throws(TLSFailure) {
        SSL_set_verify(connection, SSL_VERIFY_PEER) { _, _ in 1 }
        try context.check(
            SSL_set_session_id_context(connection, scopeOfAsked, UInt32(scopeOfAsked.count)), "name")
    }

    /// SHA-256, which has as many octets as a session id context may have.
    private static func digest(of octets: [UInt8]) throws(TLSFailure) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Int(SSL_MAX_SSL_SESSION_ID_LENGTH))
        guard EVP_Digest(octets, octets.count, &digest, nil, EVP_sha256(), nil) == 1 else {
            throw .noted("SHA-256")
        }
        return digest
    }

    /// Replaces the standard certificates by those for the name that the client asks for.
    func presentCertificates(to connection: OpaquePointer, name: String) -> Bool {
        let indices = selection.indices(for: name)
        guard indices != selection.standard else { return true }
        SSL_certs_clear(connection)
        return indices.allSatisfy { index in
            let certificate = selection[index]
            return SSL_use_cert_and_key(connection, certificate.leaf, certificate.key, certificate.issuers, 1) == 1
        }
    }
}

import COpenSSL
import Synchronization

/// What a client's connections share: whom it trusts, its own certificate, and the sessions it may resume.
public final class TLSClientContext: Sendable {
    let context: TLSContext
    /// Nil when any certificate will do: encryption alone is wanted.
    private let verifies: Bool
    /// The last session with each name, to be resumed once (RFC 8446 C.4). Bounded.
    private let sessions = Mutex<[String: TLSResumption]>([:])
    private static let keptSessions = 256

    /// `authorities` says whose signature makes the server's certificate believable, and that it must be; nil takes any.
    public init(
        authorities: TLSAuthorities? = nil,
        certificate: TLSCertificate? = nil,
        settings: TLSSettings = TLSSettings()
    ) throws(TLSFailure) {
        context = try TLSContext(TLS_client_method(), settings, defaultCiphers: nil)
        verifies = authorities != nil
        if let certificate { try context.use(certificate) }
        if let authorities {
            try context.trust(authorities)
            SSL_CTX_set_verify(context.pointer, SSL_VERIFY_PEER, nil)
        } else {
            SSL_CTX_set_verify(context.pointer, SSL_VERIFY_NONE, nil)
        }
        gatepost_ctx_set_session_cache_mode(
            context.pointer, Int(SSL_SESS_CACHE_CLIENT) | Int(SSL_SESS_CACHE_NO_INTERNAL)
        )
        SSL_CTX_sess_set_new_cb(context.pointer) { connection, session in
            guard let session, let owner = TLSConnection.owner(of: connection) else { return 0 }
            return owner.keep(session) ? 1 : 0
        }
    }

    /// Tells a new connection whom it speaks to.
    func prepare(_ connection: OpaquePointer, name: String) throws(TLSFailure) {
        let parameters = SSL_get0_param(connection)
        let isAddress = X509_VERIFY_PARAM_set1_ip_asc(parameters, name) == 1
        ERR_clear_error()
        if !isAddress {
            try context.check(gatepost_set_server_name(connection, name), "name `\(name)`")
            if verifies {
                SSL_set_hostflags(connection, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
                try context.check(SSL_set1_host(connection, name), "name `\(name)`")
            }
        }
        if let resumption = sessions.withLock({ $0.removeValue(forKey: name) }) {
            SSL_set_session(connection, resumption.session)
        }
    }

    func keep(_ session: OpaquePointer, for name: String) {
        sessions.withLock { sessions in
            if sessions.count >= Self.keptSessions { sessions.removeAll() }
            sessions[name] = TLSResumption(owning: session)
        }
    }
}

/// A session that may be resumed; sendable since it is only handed on.
private final class TLSResumption: @unchecked Sendable {
    let session: OpaquePointer

    init(owning session: OpaquePointer) {
        self.session = session
    }

    deinit {
        SSL_SESSION_free(session)
    }
}

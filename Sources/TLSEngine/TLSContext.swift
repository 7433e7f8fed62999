import COpenSSL

/// What the connections of one kind share: an `SSL_CTX`, set up once and only read from then on.
///
/// The library allows many threads to make connections from one context, so that it is sendable.
final class TLSContext: @unchecked Sendable {
    let pointer: OpaquePointer

    init(_ method: OpaquePointer?, _ settings: TLSSettings, defaultCiphers: String?) throws(TLSFailure) {
        ERR_clear_error()
        guard let pointer = SSL_CTX_new(method) else { throw .noted("no memory for TLS") }
        self.pointer = pointer
        gatepost_ctx_set_mode(
            pointer, Int(SSL_MODE_RELEASE_BUFFERS) | Int(SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER)
        )
        SSL_CTX_set_options(pointer, gatepost_options_of_both)
        try check(gatepost_ctx_set_min_proto_version(pointer, settings.minimum.number), "the least version")
        if let maximum = settings.maximum {
            try check(gatepost_ctx_set_max_proto_version(pointer, maximum.number), "the newest version")
        }
        if let ciphers = settings.ciphers ?? defaultCiphers {
            try check(SSL_CTX_set_cipher_list(pointer, ciphers), "ciphers `\(ciphers)`")
        }
        if let suites = settings.suites {
            try check(SSL_CTX_set_ciphersuites(pointer, suites), "suites `\(suites)`")
        }
        if let groups = settings.groups {
            try check(gatepost_ctx_set1_groups_list(pointer, groups), "groups `\(groups)`")
        }
    }

    deinit {
        SSL_CTX_free(pointer)
    }

    /// Throws what the library says about `what` unless a call has returned 1.
    func check(_ result: CInt, _ what: String) throws(TLSFailure) {
        guard result != 1 else { return }
        throw TLSFailure("\(what): \(TLSFailure.noted("refused by the library"))")
    }

    /// Makes `certificate` one of those that this context presents.
    func use(_ certificate: TLSCertificate) throws(TLSFailure) {
        try check(
            SSL_CTX_use_cert_and_key(pointer, certificate.leaf, certificate.key, certificate.issuers, 1),
            "certificate"
        )
    }

    /// Tells clients that are asked for a certificate whose will do.
    func nameToClients(_ authorities: TLSAuthorities) {
        guard case .certificates(let certificates) = authorities.source else { return }
        for certificate in certificates.all { SSL_CTX_add_client_CA(pointer, certificate) }
    }

    /// Trusts the certificates of authorities to verify the other side's.
    func trust(_ authorities: TLSAuthorities) throws(TLSFailure) {
        switch authorities.source {
        case .system:
            try check(SSL_CTX_set_default_verify_paths(pointer), "the system's authorities")
        case .certificates(let certificates):
            let store = SSL_CTX_get_cert_store(pointer)
            for certificate in certificates.all {
                try check(X509_STORE_add_cert(store, certificate), "authority")
            }
        }
    }
}

extension TLSSettings.Version {
    fileprivate var number: CInt {
        switch self {
        case .tls12: TLS1_2_VERSION
        case .tls13: TLS1_3_VERSION
        }
    }
}

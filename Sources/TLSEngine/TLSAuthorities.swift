import COpenSSL

/// Whose signature makes a certificate believable.
public struct TLSAuthorities: Sendable {
    enum Source: Sendable {
        case system
        case certificates(TLSCertificateStack)
    }

    let source: Source

    /// Those that the distribution trusts.
    public static let system = TLSAuthorities(source: .system)

    /// Tells them from others; those of the distribution are the same whatever they are at the moment.
    func fingerprint() throws(TLSFailure) -> [UInt8] {
        switch source {
        case .system: [1]
        case .certificates(let stack): try stack.fingerprint()
        }
    }

    private init(source: Source) {
        self.source = source
    }

    /// Those of a PEM file.
    public init(pem: [UInt8]) throws(TLSFailure) {
        source = .certificates(try TLSCertificateStack(pem: pem))
    }
}

/// Certificates in the order of a PEM file; at least one.
///
/// Sendable without checks: read once and only looked at from then on.
final class TLSCertificateStack: @unchecked Sendable {
    let all: [OpaquePointer]

    init(pem: [UInt8]) throws(TLSFailure) {
        guard pem.count <= TLSCertificate.largestFile else { throw TLSFailure("is larger than 1 MiB") }
        ERR_clear_error()
        guard let bio = BIO_new_mem_buf(pem, CInt(pem.count)) else { throw .noted("no memory") }
        defer { BIO_free(bio) }
        var certificates: [OpaquePointer] = []
        while let certificate = PEM_read_bio_X509(bio, nil, nil, nil) {
            certificates.append(certificate)
        }
        all = certificates
        // The end of the file reads as a missing start of the next certificate.
        let isAtEnd = gatepost_error_reason(ERR_peek_last_error()) == PEM_R_NO_START_LINE
        guard isAtEnd else { throw TLSFailure("has a certificate that cannot be read: \(TLSFailure.noted("bad PEM"))") }
        ERR_clear_error()
        guard !certificates.isEmpty else { throw TLSFailure("holds no certificate in PEM") }
    }

    /// The digests of all.
    func fingerprint() throws(TLSFailure) -> [UInt8] {
        var octets: [UInt8] = []
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        for certificate in all {
            var count: UInt32 = 0
            guard X509_digest(certificate, EVP_sha256(), &digest, &count) == 1 else { throw .noted("no digest") }
            octets += digest.prefix(Int(count))
        }
        return octets
    }

    deinit {
        for certificate in all { X509_free(certificate) }
    }
}

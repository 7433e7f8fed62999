import COpenSSL

/// What was agreed on in a handshake.
public struct TLSFacts: Hashable, Sendable {
    /// `TLSv1.2`, `TLSv1.3`
    public var version: String
    /// As OpenSSL names it.
    public var cipher: String
    /// Of the other side's certificate: SHA-256, as `openssl x509 -fingerprint -sha256` prints it; nil without one.
    public var fingerprint: String?
    /// Of the other side's certificate, as RFC 4514 writes it; nil unless an authority that is trusted vouches for it.
    public var subject: String?
    /// A session from before goes on.
    public var isResumed: Bool

    init(_ connection: OpaquePointer) {
        version = SSL_get_version(connection).map { String(cString: $0) } ?? "unknown"
        cipher = SSL_CIPHER_get_name(SSL_get_current_cipher(connection)).map { String(cString: $0) } ?? "unknown"
        isResumed = SSL_session_reused(connection) == 1
        guard let certificate = SSL_get0_peer_certificate(connection) else { return }
        fingerprint = Self.fingerprint(certificate)
        if SSL_get_verify_result(connection) == X509_V_OK { subject = Self.subject(certificate) }
    }

    private static func fingerprint(_ certificate: OpaquePointer) -> String? {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        guard X509_digest(certificate, EVP_sha256(), &digest, &count) == 1 else { return nil }
        return digest.prefix(Int(count)).map { octet in
            let text = String(octet, radix: 16, uppercase: true)
            return octet < 16 ? "0" + text : text
        }.joined(separator: ":")
    }

    /// At most this many octets are of interest.
    private static let longestSubject = 1024

    private static func subject(_ certificate: OpaquePointer) -> String? {
        guard let bio = BIO_new(BIO_s_mem()) else { return nil }
        defer { BIO_free(bio) }
        let name = X509_get_subject_name(certificate)
        guard X509_NAME_print_ex(bio, name, 0, gatepost_name_flags) >= 0 else { return nil }
        var octets: UnsafeMutablePointer<CChar>?
        let count = gatepost_bio_memory(bio, &octets)
        guard count > 0, let octets else { return nil }
        let bytes = UnsafeRawBufferPointer(start: octets, count: min(count, longestSubject))
        return String(decoding: bytes, as: UTF8.self)
    }
}

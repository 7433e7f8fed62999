import COpenSSL

/// A certificate and its private key in PEM, made for one test run.
public struct TestIdentity: Sendable {
    public let chain: [UInt8]
    public let key: [UInt8]
}

/// A certificate authority that lives as long as a test: whatever is signed by it is trusted by nobody else.
public final class TestAuthority: @unchecked Sendable {
    // Sendable since nothing is changed once it is made.
    private let key: OpaquePointer
    private let certificate: OpaquePointer

    public enum KeyType: Sendable {
        case rsa
        /// Too short for OpenSSL's security level 2.
        case shortRSA
        case ecdsa
    }

    /// When a certificate may be used, in seconds from now.
    public struct Lifetime: Sendable {
        let from: Int
        let to: Int
        public static let current = Lifetime(from: -3600, to: 86400)
        public static let past = Lifetime(from: -86400, to: -3600)
        public static let future = Lifetime(from: 3600, to: 86400)
    }

    public init(_ name: String = "test authority") throws {
        key = try Self.makeKey(.ecdsa)
        certificate = try Self.make(
            name, key: key, lifetime: .current,
            extensions: [
                (NID_basic_constraints, "critical,CA:TRUE"), (NID_key_usage, "critical,keyCertSign,cRLSign"),
            ])
        try Self.sign(certificate, with: key, issuer: certificate)
    }

    deinit {
        X509_free(certificate)
        EVP_PKEY_free(key)
    }

    /// The authority's own certificate in PEM.
    public var pem: [UInt8] {
        get throws { try Self.text { PEM_write_bio_X509($0, certificate) } }
    }

    /// Issues a certificate for DNS names and addresses; `subject` stands in its subject.
    public func issue(
        _ names: [String],
        addresses: [String] = [],
        subject: String? = nil,
        key type: KeyType = .ecdsa,
        lifetime: Lifetime = .current
    ) throws -> TestIdentity {
        let own = try Self.makeKey(type)
        defer { EVP_PKEY_free(own) }
        let alternatives = names.map { "DNS:\($0)" } + addresses.map { "IP:\($0)" }
        let extensions = alternatives.isEmpty ? [] : [(NID_subject_alt_name, alternatives.joined(separator: ","))]
        let made = try Self.make(
            subject ?? names.first ?? "nobody", key: own, lifetime: lifetime, extensions: extensions)
        defer { X509_free(made) }
        try Self.sign(made, with: key, issuer: certificate)
        return TestIdentity(
            chain: try Self.text { PEM_write_bio_X509($0, made) },
            key: try Self.text { PEM_write_bio_PrivateKey($0, own, nil, nil, 0, nil, nil) }
        )
    }

    // MARK: The library

    struct LibraryFailure: Error {
        let reason: String

        init() {
            reason = ERR_reason_error_string(ERR_get_error()).map { String(cString: $0) } ?? "unknown"
        }
    }

    private static func makeKey(_ type: KeyType) throws -> OpaquePointer {
        guard let context = EVP_PKEY_CTX_new_from_name(nil, type == .ecdsa ? "EC" : "RSA", nil) else {
            throw LibraryFailure()
        }
        defer { EVP_PKEY_CTX_free(context) }
        guard EVP_PKEY_keygen_init(context) == 1,
            type != .ecdsa || EVP_PKEY_CTX_set_group_name(context, "P-256") == 1,
            type != .shortRSA || EVP_PKEY_CTX_set_rsa_keygen_bits(context, 1024) == 1
        else { throw LibraryFailure() }
        var key: OpaquePointer?
        guard EVP_PKEY_generate(context, &key) == 1, let key else { throw LibraryFailure() }
        return key
    }

    private static func make(
        _ subject: String,
        key: OpaquePointer,
        lifetime: Lifetime,
        extensions: [(CInt, String)]
    ) throws -> OpaquePointer {
        guard let certificate = X509_new() else { throw LibraryFailure() }
        X509_set_version(certificate, 2)
        var serial: UInt64 = 0
        withUnsafeMutableBytes(of: &serial) { _ = RAND_bytes($0.baseAddress, 8) }
        ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial)
        X509_gmtime_adj(X509_getm_notBefore(certificate), lifetime.from)
        X509_gmtime_adj(X509_getm_notAfter(certificate), lifetime.to)
        X509_NAME_add_entry_by_txt(
            X509_get_subject_name(certificate), "CN", gatepost_utf8, Array(subject.utf8), CInt(subject.utf8.count), -1,
            0
        )
        X509_set_pubkey(certificate, key)
        for (identifier, value) in extensions {
            guard let extended = X509V3_EXT_conf_nid(nil, nil, identifier, value) else { throw LibraryFailure() }
            X509_add_ext(certificate, extended, -1)
            X509_EXTENSION_free(extended)
        }
        return certificate
    }

    private static func sign(_ certificate: OpaquePointer, with key: OpaquePointer, issuer: OpaquePointer) throws {
        X509_set_issuer_name(certificate, X509_get_subject_name(issuer))
        guard X509_sign(certificate, key, EVP_sha256()) > 0 else { throw LibraryFailure() }
    }

    private static func text(_ write: (OpaquePointer) -> CInt) throws -> [UInt8] {
        guard let bio = BIO_new(BIO_s_mem()) else { throw LibraryFailure() }
        defer { BIO_free(bio) }
        var octets: UnsafeMutablePointer<CChar>?
        guard write(bio) == 1 else { throw LibraryFailure() }
        let count = gatepost_bio_memory(bio, &octets)
        guard let octets else { throw LibraryFailure() }
        return Array(UnsafeRawBufferPointer(start: octets, count: count))
    }
}

import COpenSSL

/// A certificate with the chain up to its authority, and its private key.
///
/// Read once and only looked at from then on: the library counts references with atomics, so that it is sendable.
public final class TLSCertificate: @unchecked Sendable {
    /// Which keys stand side by side for one name: a client says which of them it can verify.
    public enum KeyType: Hashable, Sendable {
        case rsa
        case ecdsa
        case other
    }

    public enum Validity: Hashable, Sendable {
        case valid
        case notYetValid
        case expired
    }

    static let largestFile = 1 << 20

    private let chain: TLSCertificateStack
    /// Of those behind the first.
    let issuers: OpaquePointer?
    let key: OpaquePointer
    public let keyType: KeyType
    /// The DNS names that the certificate is for, in lower case; some begin with `*.`.
    public let names: [String]

    /// Reads both from PEM. The chain begins with the certificate itself; the key has no passphrase.
    public init(chain chainPEM: [UInt8], key keyPEM: [UInt8]) throws(TLSCertificateFault) {
        do throws(TLSFailure) {
            chain = try TLSCertificateStack(pem: chainPEM)
        } catch {
            throw .chain(error.reason)
        }
        do throws(TLSFailure) {
            key = try Self.readKey(keyPEM)
        } catch {
            throw .key(error.reason)
        }
        issuers = Self.stack(chain.all.dropFirst())
        switch EVP_PKEY_get_base_id(key) {
        case EVP_PKEY_RSA, EVP_PKEY_RSA_PSS: keyType = .rsa
        case EVP_PKEY_EC: keyType = .ecdsa
        default: keyType = .other
        }
        names = Self.names(of: chain.all[0])
        ERR_clear_error()
        guard X509_check_private_key(chain.all[0], key) == 1 else {
            ERR_clear_error()
            throw .mismatch
        }
        for (certificate, issuer) in zip(chain.all, chain.all.dropFirst())
        where X509_check_issued(issuer, certificate) != X509_V_OK {
            throw .chain("has a certificate that is not signed by the one behind it")
        }
    }

    deinit {
        EVP_PKEY_free(key)
        // The certificates in it belong to the chain.
        OPENSSL_sk_free(issuers)
    }

    var leaf: OpaquePointer { chain.all[0] }

    /// Whether every certificate of the chain may be used at a time.
    public func validity(atEpochSeconds seconds: Int64) -> Validity {
        var time = time_t(seconds)
        for certificate in chain.all {
            if X509_cmp_time(X509_get0_notAfter(certificate), &time) < 0 { return .expired }
            if X509_cmp_time(X509_get0_notBefore(certificate), &time) > 0 { return .notYetValid }
        }
        return .valid
    }

    private static func readKey(_ pem: [UInt8]) throws(TLSFailure) -> OpaquePointer {
        guard pem.count <= largestFile else { throw TLSFailure("is larger than 1 MiB") }
        ERR_clear_error()
        guard let bio = BIO_new_mem_buf(pem, CInt(pem.count)) else { throw .noted("no memory") }
        defer { BIO_free(bio) }
        // Nobody is there who could type a passphrase.
        let key = PEM_read_bio_PrivateKey(bio, nil, { _, _, _, _ in -1 }, nil)
        guard let key else {
            let text = String(decoding: pem, as: UTF8.self)
            if text.contains("ENCRYPTED") { throw TLSFailure("is protected by a passphrase") }
            throw TLSFailure("holds no private key in PEM")
        }
        return key
    }

    private static func stack(_ certificates: ArraySlice<OpaquePointer>) -> OpaquePointer? {
        let stack = OPENSSL_sk_new_null()
        for certificate in certificates { OPENSSL_sk_push(stack, UnsafeRawPointer(certificate)) }
        return stack
    }

    private static func names(of certificate: OpaquePointer) -> [String] {
        guard let found = X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil) else { return [] }
        let stack = OpaquePointer(found)
        defer { GENERAL_NAMES_free(stack) }
        return (0..<max(0, OPENSSL_sk_num(stack))).compactMap { index in
            guard let name = OPENSSL_sk_value(stack, index)?.assumingMemoryBound(to: GENERAL_NAME.self),
                name.pointee.type == GEN_DNS, let text = name.pointee.d.dNSName,
                let octets = ASN1_STRING_get0_data(text)
            else { return nil }
            let bytes = UnsafeBufferPointer(start: octets, count: Int(ASN1_STRING_length(text)))
            return String(decoding: bytes, as: UTF8.self).lowercased()
        }
    }
}

/// What is wrong with the files of a certificate.
public enum TLSCertificateFault: Error, Hashable, Sendable {
    case chain(String)
    case key(String)
    /// Each can be read, and the key is another certificate's.
    case mismatch
}

import Glibc
import Policy
import PolicyFiles
import RelayTransport
import SMTPProtocol
import TLSEngine

/// What TLS is made of, as the file names it.
struct TLSMaterial {
    /// In the order of the file; those with faults are left out.
    var certificates: [TLSCertificate] = []
    /// The file has certificates, with faults or without.
    var areNamed = false
    var settings = TLSSettings()
}

extension ConfigurationReader {
    static let largestPEM = 1 << 20

    /// The certificates and settings that stand at the top.
    mutating func material(_ mapping: DocumentMapping) -> TLSMaterial {
        var material = TLSMaterial()
        if let node = mapping["tls"] { material.settings = settings(node) }
        if let node = mapping["certificates"] {
            material.areNamed = true
            let nodes = reader.sequence(node, "certificates") ?? []
            if node.sequence?.isEmpty == true {
                reader.error(at: node.location, "expected at least one certificate")
            }
            material.certificates = nodes.compactMap { certificate($0) }
        }
        return material
    }

    /// `{ chain: …, key: … }`
    mutating func certificate(_ node: DocumentNode) -> TLSCertificate? {
        guard let mapping = reader.mapping(node, "a certificate", keys: ["chain", "key"]) else { return nil }
        let chain = reader.required("chain", of: mapping, "a certificate", at: node.location)
        let key = reader.required("key", of: mapping, "a certificate", at: node.location)
        let chainFile = chain.flatMap { file($0, "the path of a chain of certificates") }
        let keyFile = key.flatMap { node -> (name: String, octets: [UInt8])? in
            let file = file(node, "the path of a private key")
            if let file { checkSecrecy(of: file.name, at: node) }
            return file
        }
        guard let chain, let key, let chainFile, let keyFile else { return nil }
        do throws(TLSCertificateFault) {
            let certificate = try TLSCertificate(chain: chainFile.octets, key: keyFile.octets)
            switch certificate.validity(atEpochSeconds: Int64(time(nil))) {
            case .valid: break
            case .expired: reader.warning(at: chain.location, "`\(chainFile.name)` has expired")
            case .notYetValid: reader.warning(at: chain.location, "`\(chainFile.name)` is not valid yet")
            }
            return certificate
        } catch {
            switch error {
            case .chain(let fault): reader.error(at: chain.location, "`\(chainFile.name)` \(fault)")
            case .key(let fault): reader.error(at: key.location, "`\(keyFile.name)` \(fault)")
            case .mismatch:
                reader.error(at: key.location, "`\(keyFile.name)` is not the key of `\(chainFile.name)`")
            }
            return nil
        }
    }

    mutating func authorities(_ node: DocumentNode) -> TLSAuthorities? {
        guard let file = file(node, "the path of certificates of authorities") else { return nil }
        do throws(TLSFailure) {
            return try TLSAuthorities(pem: file.octets)
        } catch {
            reader.error(at: node.location, "`\(file.name)` \(error.reason)")
            return nil
        }
    }

    private mutating func file(_ node: DocumentNode, _ subject: String) -> (name: String, octets: [UInt8])? {
        guard let name = reader.name(node, subject) else { return nil }
        let path = OperatorFile.resolve(name, relativeTo: path)
        switch OperatorFile.read(path, limit: Self.largestPEM) {
        case .success(let octets): return (name, octets)
        case .failure(let error):
            reader.report(error.diagnostic(of: path, namedAt: node.location))
            return nil
        }
    }

    /// Versions and OpenSSL's own strings, each tried by itself so that a fault is told where it stands.
    private mutating func settings(_ node: DocumentNode) -> TLSSettings {
        var settings = TLSSettings()
        reader.section(node, "TLS settings", TLSSettings.settings, into: &settings)
        for (key, place) in TLSSettings.strings {
            guard let value = settings[keyPath: place], let node = node.mapping?[key] else { continue }
            var single = TLSSettings()
            single[keyPath: place] = value
            do throws(TLSFailure) {
                _ = try TLSClientContext(settings: single)
            } catch {
                reader.error(at: node.location, "OpenSSL refuses the \(error.reason)")
                settings[keyPath: place] = nil
            }
        }
        return settings
    }

    // MARK: Listeners

    /// How a listener's clients are encrypted, as its mapping says.
    struct WrittenSecurity {
        var beginning: Located<ListenerSecurity.Beginning>
        var authorities: TLSAuthorities?
    }

    mutating func security(_ listener: DocumentMapping) -> WrittenSecurity? {
        let beginning = listener["tls"].flatMap { node in
            reader.choice(
                node, "whether TLS is spoken", among: ["off": nil, "starttls": .startTLS, "implicit": .implicit]
            )
            .map { Located($0 as ListenerSecurity.Beginning?, at: node.location) }
        }
        let authorities = listener["tls-client-ca"].flatMap { node -> TLSAuthorities? in
            if listener["tls"] == nil || (beginning != nil && beginning?.value == nil) {
                reader.error(at: node.location, "`tls-client-ca` is of no use without `tls`")
            }
            return self.authorities(node)
        }
        guard let beginning, let value = beginning.value else { return nil }
        return WrittenSecurity(beginning: Located(value, at: beginning.location), authorities: authorities)
    }

    mutating func security(
        _ written: WrittenSecurity,
        of listener: String,
        _ material: TLSMaterial
    ) -> ListenerSecurity? {
        guard material.areNamed else {
            reader.error(at: written.beginning.location, "TLS needs `certificates`")
            return nil
        }
        guard !material.certificates.isEmpty else { return nil }
        do throws(TLSFailure) {
            let context = try TLSServerContext(
                name: listener,
                certificates: material.certificates,
                settings: material.settings,
                clientAuthorities: written.authorities
            )
            return ListenerSecurity(written.beginning.value, context)
        } catch {
            reader.error(at: written.beginning.location, "TLS cannot be set up: \(error.reason)")
            return nil
        }
    }

    // MARK: Upstreams

    /// What an upstream's `tls` asks for, and whether its certificate must be believed.
    private struct UpstreamDemand: Hashable, Sendable {
        var demand: UpstreamTLS.Demand
        var isVerified: Bool
    }

    mutating func upstreamTLS(_ upstream: DocumentMapping, server: Endpoint) -> UpstreamTLS? {
        var demand: UpstreamDemand?
        if let node = upstream["tls"] {
            let table: KeyValuePairs<String, UpstreamDemand?> = [
                "off": nil,
                "opportunistic": UpstreamDemand(demand: .opportunistic, isVerified: false),
                "required": UpstreamDemand(demand: .required, isVerified: false),
                "verified": UpstreamDemand(demand: .required, isVerified: true),
                "implicit": UpstreamDemand(demand: .implicit, isVerified: true),
            ]
            guard let choice = reader.choice(node, "what is asked of TLS", among: table) else { return nil }
            demand = choice
        }
        let authorities = upstream["tls-ca"].flatMap { node -> TLSAuthorities? in
            if demand?.isVerified != true {
                reader.error(at: node.location, "`tls-ca` is of use with `tls: verified` and `tls: implicit` alone")
            }
            return self.authorities(node)
        }
        let name = upstream["tls-name"].flatMap { tlsName($0) }
        let certificate = upstream["tls-certificate"].flatMap { self.certificate($0) }
        guard let demand else {
            for key in ["tls-name", "tls-certificate"] {
                if let node = upstream[key] { reader.error(at: node.location, "`\(key)` is of no use without `tls`") }
            }
            return nil
        }
        guard let name = name ?? server.hostText else {
            if upstream["tls-name"] == nil, let node = upstream["tls"] {
                reader.error(at: node.location, "TLS on a Unix socket needs the key `tls-name`")
            }
            return nil
        }
        do throws(TLSFailure) {
            let context = try TLSClientContext(
                authorities: demand.isVerified ? authorities ?? .system : nil, certificate: certificate
            )
            return UpstreamTLS(demand.demand, context, name: name)
        } catch {
            if let node = upstream["tls"] { reader.error(at: node.location, "TLS cannot be set up: \(error.reason)") }
            return nil
        }
    }

    private mutating func tlsName(_ node: DocumentNode) -> String? {
        guard let text = reader.name(node, "a domain") else { return nil }
        if let domain = Domain(text), domain.isASCII { return domain.text }
        reader.error(at: node.location, "expected a domain as in `mx.example.com`, found `\(text)`")
        return nil
    }
}

extension Endpoint {
    /// The host as the operator wrote it.
    fileprivate var hostText: String? {
        switch self {
        case .address(let address, _): "\(address)"
        case .name(let name, _): name
        case .unixSocket: nil
        }
    }
}

extension TLSSettings {
    /// OpenSSL's own strings.
    static let strings: [(key: String, place: WritableKeyPath<TLSSettings, String?> & Sendable)] = [
        ("ciphers", \.ciphers), ("suites", \.suites), ("groups", \.groups),
    ]

    static let settings: [Setting<Self>] =
        [
            .choice("minimum", \.minimum, "a version of TLS") { ["1.2": .tls12, "1.3": .tls13] }
        ]
        + [
            .text("ciphers", \.ciphers, standard: defaultCiphers),
            .text("suites", \.suites, standard: "OpenSSL's"),
            .text("groups", \.groups, standard: "OpenSSL's"),
        ]
}

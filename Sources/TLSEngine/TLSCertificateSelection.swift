/// Which of a server's certificates a client gets, by the name that it asks for (RFC 6066 3).
///
/// Among those for a name, one of each type of key is presented, and the client's signature algorithms pick. A name
/// that none is for, or none at all, gets the first of each type.
struct TLSCertificateSelection: Sendable {
    private let certificates: [TLSCertificate]
    private var exact: [String: [Int]] = [:]
    /// By what stands behind `*.`.
    private var wildcards: [String: [Int]] = [:]
    /// Indices of the first of each type.
    let standard: [Int]

    init(_ certificates: [TLSCertificate]) {
        self.certificates = certificates
        standard = Self.firstOfEachType(Array(certificates.indices), certificates)
        for (index, certificate) in certificates.enumerated() {
            for name in certificate.names {
                if name.hasPrefix("*.") {
                    wildcards[String(name.dropFirst(2)), default: []].append(index)
                } else {
                    exact[name, default: []].append(index)
                }
            }
        }
        exact = exact.mapValues { Self.firstOfEachType($0, certificates) }
        wildcards = wildcards.mapValues { Self.firstOfEachType($0, certificates) }
    }

    subscript(index: Int) -> TLSCertificate { certificates[index] }

    func indices(for name: String) -> [Int] {
        let name = name.lowercased()
        if let found = exact[name] { return found }
        guard let dot = name.firstIndex(of: "."), dot != name.startIndex else { return standard }
        return wildcards[String(name[name.index(after: dot)...])] ?? standard
    }

    private static func firstOfEachType(_ indices: [Int], _ certificates: [TLSCertificate]) -> [Int] {
        var types: Set<TLSCertificate.KeyType> = []
        return indices.filter { types.insert(certificates[$0].keyType).inserted }
    }
}

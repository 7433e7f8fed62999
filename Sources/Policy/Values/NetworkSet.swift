import SMTPProtocol

/// A set of networks: for each length of prefix in use, the prefixes of that length.
///
/// A look-up tries each length once, so its cost grows with the number of different lengths and not with that of
/// networks. IPv4 and IPv6 are kept apart: `::/0` does not take IPv4 addresses.
struct NetworkSet: Sendable {
    struct Prefix: Hashable {
        var high: UInt64
        var low: UInt64

        init(_ address: IPAddress, length: Int) {
            high = length >= 64 ? address.high : length <= 0 ? 0 : address.high & ~(UInt64.max >> length)
            low = length >= 128 ? address.low : length <= 64 ? 0 : address.low & ~(UInt64.max >> (length - 64))
        }
    }

    private struct Bucket {
        var length: Int
        var prefixes: Set<Prefix>
    }

    private var v4: [Bucket] = []
    private var v6: [Bucket] = []

    mutating func insert(_ network: IPNetwork) {
        if network.address.isIPv4 {
            Self.insert(network.address, length: 96 + network.prefixLength, into: &v4)
        } else {
            Self.insert(network.address, length: network.prefixLength, into: &v6)
        }
    }

    var count: Int { (v4 + v6).reduce(0) { $0 + $1.prefixes.count } }

    /// Calls a body with each network: whether it is of IPv4, how many of 128 bits its prefix has, and the prefix.
    func forEach(_ body: (_ isIPv4: Bool, _ length: Int, Prefix) -> Void) {
        for (buckets, isIPv4) in [(v4, true), (v6, false)] {
            for bucket in buckets {
                for prefix in bucket.prefixes { body(isIPv4, bucket.length, prefix) }
            }
        }
    }

    func contains(_ address: IPAddress) -> Bool {
        (address.isIPv4 ? v4 : v6).contains { bucket in
            bucket.prefixes.contains(Prefix(address, length: bucket.length))
        }
    }

    private static func insert(_ address: IPAddress, length: Int, into buckets: inout [Bucket]) {
        let prefix = Prefix(address, length: length)
        if let index = buckets.firstIndex(where: { $0.length == length }) {
            buckets[index].prefixes.insert(prefix)
        } else {
            buckets.append(Bucket(length: length, prefixes: [prefix]))
        }
    }
}

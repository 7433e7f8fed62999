/// A range of addresses in CIDR notation (RFC 4632, RFC 4291 section 2.3).
public struct IPNetwork: Hashable, Sendable, CustomStringConvertible {
    public let address: IPAddress
    /// Leading bits that an address must share: of 32 for IPv4, of 128 for IPv6.
    public let prefixLength: Int

    /// `10.0.0.0/8`, `2001:db8::/32`, or an address alone, which is a network of one.
    ///
    /// Nil when bits behind the prefix are set (`10.0.0.1/8`): it is unclear what was meant.
    public init?(_ cidr: some StringProtocol) {
        guard let network = IPNetwork(around: cidr) else { return nil }
        self.init(network.address, network.prefixLength)
        let host = (high: address.high & ~mask.high, low: address.low & ~mask.low)
        guard host == (0, 0) else { return nil }
    }

    /// The network that an address with a prefix lies in, whatever bits are set behind the prefix: what
    /// `10.0.0.1/8` most likely means.
    public static func enclosing(_ cidr: some StringProtocol) -> IPNetwork? {
        guard let network = IPNetwork(around: cidr) else { return nil }
        let mask = network.mask
        let (high, low) = (network.address.high & mask.high, network.address.low & mask.low)
        let address =
            network.address.isIPv4
            ? IPAddress(v4: UInt32(truncatingIfNeeded: low)) : IPAddress(v6High: high, low: low)
        return IPNetwork(address, network.prefixLength)
    }

    private init(_ address: IPAddress, _ prefixLength: Int) {
        self.address = address
        self.prefixLength = prefixLength
    }

    /// An address and the length of a prefix, with any bits behind it.
    private init?(around cidr: some StringProtocol) {
        let parts = cidr.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(parts[0]) else { return nil }
        // An IPv4-mapped network is written with a prefix of IPv6's space.
        let isMapped = address.isIPv4 && parts[0].utf8.contains(.colon)
        let bits = address.isIPv4 ? 32 : 128
        var prefixLength = bits
        if parts.count == 2 {
            let digits = parts[1]
            guard (1...3).contains(digits.utf8.count), digits.utf8.allSatisfy(\.isDigit), var number = Int(digits),
                digits.utf8.count == 1 || digits.utf8.first != UInt8(ascii: "0")
            else { return nil }
            if isMapped { number -= 96 }
            guard (0...bits).contains(number) else { return nil }
            prefixLength = number
        }
        self.address = address
        self.prefixLength = prefixLength
    }

    /// Whether the address lies inside. An IPv6 network holds no IPv4 address, `::/0` neither.
    public func contains(_ candidate: IPAddress) -> Bool {
        guard candidate.isIPv4 == address.isIPv4 else { return false }
        let mask = mask
        return candidate.high & mask.high == address.high && candidate.low & mask.low == address.low
    }

    public var description: String { "\(address)/\(prefixLength)" }

    private var mask: (high: UInt64, low: UInt64) {
        let ones = address.isIPv4 ? prefixLength + 96 : prefixLength
        // Smart shifts: a shift by 64 leaves nothing.
        return (~(UInt64.max >> UInt64(min(ones, 64))), ~(UInt64.max >> UInt64(max(ones - 64, 0))))
    }
}

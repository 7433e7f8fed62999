/// Names of header fields.
public enum HeaderName {
    /// Longest name that we write, so that name, colon and a first word fit on a line of 78 octets.
    public static let maximumOctets = 64

    /// What a section's first line is called when it begins with white space and a field is put before it.
    static let ofContinuation = "X-Malformed-Line"

    /// `field-name = 1*ftext`, `ftext = %d33-57 / %d59-126` [5322 3.6.8], of at most `maximumOctets`.
    public static func isValid(_ name: some StringProtocol) -> Bool {
        (1...maximumOctets).contains(name.utf8.count) && name.utf8.allSatisfy(isNameOctet)
    }

    /// A number that is the same for a name in any case, and hardly ever the same for two names (FNV-1a). Senders can
    /// choose names that have the same one: what it finds is still to be compared.
    @inline(__always)
    public static func hash(_ name: some Sequence<UInt8>) -> UInt32 {
        var hash = emptyHash
        for octet in name { hash = Self.hash(hash, with: octet) }
        return hash
    }

    /// The hash of no name at all.
    static let emptyHash: UInt32 = 0x811C_9DC5

    /// The hash of a name that is one octet longer.
    @inline(__always)
    static func hash(_ hash: UInt32, with octet: UInt8) -> UInt32 { (hash ^ UInt32(octet | 0x20)) &* 0x0100_0193 }

    @inline(__always)
    static func isNameOctet(_ octet: UInt8) -> Bool {
        octet > Octet.space && octet < Octet.delete && octet != Octet.colon
    }
}

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

    @inline(__always)
    static func isNameOctet(_ octet: UInt8) -> Bool {
        octet > Octet.space && octet < Octet.delete && octet != Octet.colon
    }
}

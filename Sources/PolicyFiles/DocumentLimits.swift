/// What a document may cost to read. Far above what operators write, far below what a machine notices.
public enum DocumentLimits {
    /// Octets of a file.
    public static let octets = 64 << 20
    /// Octets of a file that holds a list: some ten million entries.
    public static let listOctets = 256 << 20
    /// Levels of sequences and mappings within each other.
    public static let depth = 40
    /// Scalars, sequences and mappings together.
    public static let nodes = 2_000_000
    /// Duplicate keys that are named before reading ends.
    public static let duplicateKeys = 50
}

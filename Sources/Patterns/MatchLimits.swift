/// What one search, or one replacement of all matches, may cost. The subject comes from a stranger and the pattern
/// from an administrator who did not think of hostile subjects, so every figure here is a bound on the two together.
public enum MatchLimits {
    /// Longest subject, in UTF-8 octets; a longer one is `MatchFailure.subjectTooLong`.
    public static let subjectOctets = 64 * 1024

    /// Longest text that a replacement of all matches may make, in UTF-8 octets.
    public static let replacedOctets = 256 * 1024

    /// Subjects up to here are tried without the work meter first.
    static let plainSubjectOctets = 1024

    /// Work that the metered search may do, in steps of the pattern (see `WorkMeter`): at most about 6 ms here.
    static let workSteps = 500_000

    /// Memory for the interpreter's backtracking, in KiB.
    static let heapKiB: UInt32 = 4 * 1024

    /// Attempts of the plain search per start position of a subject that long. Their product stays the same whatever
    /// the length, for PCRE2 grants the limit anew at each position.
    static func plainMatchLimit(subjectOctets: Int) -> UInt32 {
        UInt32(clamping: 131_072 / max(subjectOctets, 1))
    }
}

/// Why a pattern could not be held against a subject. It never means "no match": a policy that meets one of these
/// must fail closed.
public enum MatchFailure: Error, Hashable, Sendable {
    /// The search, or the text that a replacement makes, would have cost more than `MatchLimits` grants.
    case limitExceeded
    /// The subject is longer than `MatchLimits.subjectOctets`.
    case subjectTooLong
    /// PCRE2 gave up with this code.
    case engine(Int32)
}

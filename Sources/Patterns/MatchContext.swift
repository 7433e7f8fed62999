import CPCRE2

/// PCRE2's settings for a match.
enum MatchContext {
    /// Settings of the plain search for subjects up to 2^n octets, n being the place in the table. They are made
    /// once and only read afterwards, so that all event loops share them.
    private nonisolated(unsafe) static let plain: [OpaquePointer?] = (0...MatchLimits.plainSubjectOctets.bitWidth)
        .prefix { 1 << $0 <= MatchLimits.plainSubjectOctets }
        .map { make(matchLimit: MatchLimits.plainMatchLimit(subjectOctets: 1 << $0)) }

    static func plain(subjectOctets: Int) -> OpaquePointer? {
        plain[Int.bitWidth - (max(subjectOctets, 1) - 1).leadingZeroBitCount]
    }

    /// Settings of a metered search, which the caller owns.
    static func metered() -> OpaquePointer? {
        make(matchLimit: UInt32(MatchLimits.workSteps))
    }

    private static func make(matchLimit: UInt32) -> OpaquePointer? {
        let context = pcre2_match_context_create_8(nil)
        _ = pcre2_set_match_limit_8(context, matchLimit)
        _ = pcre2_set_heap_limit_8(context, MatchLimits.heapKiB)
        return context
    }
}

import CPCRE2

/// One use of a pattern on one subject: owns the match data, and the work meter that all its searches share.
struct PatternSearch: ~Copyable {
    private let pattern: Pattern
    private let matchData: OpaquePointer
    private var meter: WorkMeter
    private var meteredContext: OpaquePointer?

    init(pattern: Pattern, subjectOctets: Int) throws(MatchFailure) {
        guard subjectOctets <= MatchLimits.subjectOctets else { throw .subjectTooLong }
        guard let data = pattern.spareMatchData.take() ?? pattern.plainCode.makeMatchData() else {
            throw .engine(PCRE2_ERROR_NOMEMORY)
        }
        self.pattern = pattern
        matchData = data
        meter = WorkMeter(pattern: pattern, subjectOctets: subjectOctets)
    }

    deinit {
        pattern.spareMatchData.put(matchData)
        pcre2_match_context_free_8(meteredContext)
    }

    /// The work that the metered searches did so far.
    var spentSteps: Int { MatchLimits.workSteps - meter.remaining }

    /// Charges the budget for a replacement of the last match.
    mutating func chargeForReplacement() throws(MatchFailure) {
        guard meter.chargeForReplacement() else { throw .limitExceeded }
    }

    /// Searches from an offset on; true when it matched. The subject is valid UTF-8, being a string's, and is not
    /// checked again.
    mutating func run(
        _ subject: UnsafeBufferPointer<UInt8>, from offset: Int, options: UInt32 = 0
    ) throws(MatchFailure) -> Bool {
        let options = options | UInt32(PCRE2_NO_UTF_CHECK)
        if subject.count <= MatchLimits.plainSubjectOctets {
            let context = MatchContext.plain(subjectOctets: subject.count)
            let code = pcre2_match_8(
                pattern.plainCode.pointer, subject.baseAddress, subject.count, offset, options, matchData, context)
            switch code {
            case 0...: return true
            case PCRE2_ERROR_NOMATCH: return false
            case PCRE2_ERROR_MATCHLIMIT, PCRE2_ERROR_DEPTHLIMIT, PCRE2_ERROR_HEAPLIMIT, PCRE2_ERROR_JIT_STACKLIMIT:
                break
            default: throw .engine(code)
            }
        }
        return try runMetered(subject, from: offset, options: options)
    }

    mutating func runMetered(
        _ subject: UnsafeBufferPointer<UInt8>, from offset: Int, options: UInt32
    ) throws(MatchFailure) -> Bool {
        let context = meteredContext ?? MatchContext.metered()
        meteredContext = context
        let (pattern, matchData) = (pattern, matchData)
        let code = withUnsafeMutablePointer(to: &meter) { meter in
            _ = pcre2_set_callout_8(context, WorkMeter.callout, meter)
            let run = { (options: UInt32) in
                pcre2_match_8(
                    pattern.meteredCode.pointer, subject.baseAddress, subject.count, offset, options, matchData, context
                )
            }
            let code = run(options)
            guard code == PCRE2_ERROR_JIT_STACKLIMIT else { return code }
            // The machine stack of compiled code is small; the interpreter has the heap, and what is left to spend.
            meter.pointee.chargeForInterpreter()
            return run(options | UInt32(PCRE2_NO_JIT))
        }
        switch code {
        case 0...: return true
        case PCRE2_ERROR_NOMATCH: return false
        case PCRE2_ERROR_CALLOUT, PCRE2_ERROR_MATCHLIMIT, PCRE2_ERROR_DEPTHLIMIT, PCRE2_ERROR_HEAPLIMIT,
            PCRE2_ERROR_JIT_STACKLIMIT:
            throw .limitExceeded
        default: throw .engine(code)
        }
    }

    /// What the last search that matched found.
    func match(in subject: String) -> PatternMatch {
        var groups: [Range<Int>?] = []
        groups.reserveCapacity(pattern.captureCount)
        for group in 1..<(pattern.captureCount + 1) { groups.append(range(of: group)) }
        return PatternMatch(range: range(of: 0) ?? 0..<0, subject: subject, pattern: pattern, groups: groups)
    }

    /// The place of a group in the last match. `\K` in an assertion could put the start behind the end.
    func range(of group: Int) -> Range<Int>? {
        let offsets = pcre2_get_ovector_pointer_8(matchData)
        guard let offsets, group < Int(pcre2_get_ovector_count_8(matchData)) else { return nil }
        let start = offsets[2 * group]
        let end = offsets[2 * group + 1]
        return start >= 0 && start <= end ? start..<end : nil
    }
}

import CPCRE2

/// Counts the work of one metered search and ends it when the budget is spent.
///
/// PCRE2's own match limit starts anew at each position of the subject, and counts neither the walk of a repeat over
/// the subject nor the comparison of a back-reference; under it alone a search takes seconds. Here the pattern is
/// compiled with a callout before each of its items. The callout charges a step for being reached and one for every
/// `octetsPerStep` that the place in the subject has moved since the callout before, forwards or backwards. What lies
/// between two callouts without moving the place is charged by `stepsPerCallout`.
struct WorkMeter {
    private(set) var remaining: Int
    private var stepsPerCallout: Int
    private var octetsPerStep = 4
    private var place = 0

    private static let interpreterFactor = 4
    private static let stepsPerReplacement = 50

    init(pattern: Pattern, subjectOctets: Int) {
        remaining = MatchLimits.workSteps
        // A fixed repeat that fails at its last item, or a back-reference that differs in its last octet, has walked
        // that far unseen.
        let unseen = pattern.longestFixedRepeat + (pattern.hasBackReferences ? subjectOctets / 2 : 0)
        stepsPerCallout = 1 + unseen / 64
        if !pattern.isJITCompiled { chargeForInterpreter() }
    }

    /// The interpreter takes about four times as long as compiled code.
    mutating func chargeForInterpreter() {
        stepsPerCallout *= Self.interpreterFactor
        octetsPerStep = 1
    }

    /// Charges what a replacement costs beside its search; false when the budget is spent.
    mutating func chargeForReplacement() -> Bool {
        remaining &-= Self.stepsPerReplacement
        return remaining >= 0
    }

    mutating func charge(place: Int) -> Bool {
        let distance = place &- self.place
        self.place = place
        remaining &-= stepsPerCallout &+ Int(distance.magnitude) / octetsPerStep
        return remaining >= 0
    }

    /// The callout, with the meter as its data.
    static let callout:
        @convention(c) (UnsafeMutablePointer<pcre2_callout_block_8>?, UnsafeMutableRawPointer?) -> Int32 = {
            block, data in
            guard let block, let data else { return 0 }
            let meter = data.assumingMemoryBound(to: WorkMeter.self)
            return meter.pointee.charge(place: block.pointee.current_position) ? 0 : PCRE2_ERROR_CALLOUT
        }
}

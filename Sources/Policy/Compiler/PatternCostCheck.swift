import Patterns

/// Tells of patterns on which whoever writes a message can make a search meet its limits: such a text gets past a rule
/// that marks mail, and keeps one that refuses from letting it pass.
enum PatternCostCheck {
    static func run(_ compilation: Compilation) {
        var known: [String: String?] = [:]
        for rule in compilation.rules where rule.mode != .off {
            for pattern in rule.patterns {
                let source = pattern.value.source
                let subject = known[source] ?? pattern.value.hostileSubject()
                known[source] = .some(subject)
                if let subject { warn(of: pattern, subject, rule, compilation) }
            }
        }
    }

    private static func warn(
        of pattern: Located<Pattern>,
        _ subject: String,
        _ rule: RuleDraft,
        _ compilation: Compilation
    ) {
        let effect = rule.finished.contains(where: \.failsClosed) ? "is answered with 451 4.3.0" : "does not hold"
        compilation.warning(
            at: pattern.location,
            "pattern `\(pattern.value.source)` meets its limits on texts like `\(PeerText.forLog(String(subject.prefix(12))))…` "
                + "of \(subject.utf8.count) octets, so that the rule \(effect); let no two repeats take the same text"
        )
    }
}

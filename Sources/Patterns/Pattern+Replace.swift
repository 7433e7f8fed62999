import CPCRE2

extension Pattern {
    /// The subject with every match replaced, and how many there were.
    public func replaceAll(
        in subject: String, with replacement: PatternReplacement
    ) throws(MatchFailure) -> (text: String, count: Int) {
        try replaceAll(in: subject, with: replacement.expand)
    }

    /// The subject with every match replaced by what `replacement` makes of it, and how many there were. All searches
    /// together may cost what one may, and a text longer than `MatchLimits.replacedOctets` is `limitExceeded`.
    ///
    /// As in Perl, after an empty match a match that is not empty may begin at the same place; else the search moves on
    /// by a character.
    public func replaceAll(
        in subject: String, with replacement: (PatternMatch) -> String
    ) throws(MatchFailure) -> (text: String, count: Int) {
        var subject = subject
        subject.makeContiguousUTF8()
        let text = subject
        var search = try PatternSearch(pattern: self, subjectOctets: subject.utf8.count)
        return try subject.withUTF8Octets { octets throws(MatchFailure) in
            var replaced: [UInt8] = []
            var count = 0
            var place = 0
            var isBehindEmptyMatch = false
            while place <= octets.count {
                let options = isBehindEmptyMatch ? UInt32(PCRE2_NOTEMPTY_ATSTART) : 0
                guard try search.run(octets, from: place, options: options) else { break }
                let match = search.match(in: text)
                guard match.range.lowerBound >= place, match.range.upperBound > place || !isBehindEmptyMatch else {
                    break
                }
                try search.chargeForReplacement()
                replaced.append(contentsOf: octets[place..<match.range.lowerBound])
                replaced.append(contentsOf: replacement(match).utf8)
                guard replaced.count <= MatchLimits.replacedOctets else { throw .limitExceeded }
                count += 1
                place = match.range.upperBound
                isBehindEmptyMatch = match.range.isEmpty
            }
            guard count > 0 else { return (text, 0) }
            replaced.append(contentsOf: octets[place...])
            guard replaced.count <= MatchLimits.replacedOctets else { throw .limitExceeded }
            return (String(decoding: replaced, as: UTF8.self), count)
        }
    }
}

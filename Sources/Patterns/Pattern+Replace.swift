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
    /// As in Perl, after an empty match a match that is not empty is sought at the same place before the search moves
    /// on by a character.
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
            var copied = 0
            var place = 0
            var isBehindEmptyMatch = false
            while place <= octets.count {
                let options = isBehindEmptyMatch ? UInt32(PCRE2_NOTEMPTY_ATSTART) | UInt32(PCRE2_ANCHORED) : 0
                let isMatch = try search.run(octets, from: place, options: options)
                let match = isMatch ? search.match(in: text) : nil
                guard let match, match.range.upperBound > place || !isBehindEmptyMatch else {
                    guard isBehindEmptyMatch else { break }
                    isBehindEmptyMatch = false
                    place = octets.indexAfterCharacter(at: place)
                    continue
                }
                replaced.append(contentsOf: octets[copied..<max(match.range.lowerBound, copied)])
                replaced.append(contentsOf: replacement(match).utf8)
                guard replaced.count <= MatchLimits.replacedOctets else { throw .limitExceeded }
                count += 1
                copied = max(match.range.upperBound, copied)
                isBehindEmptyMatch = match.range.isEmpty || copied == place
                place = copied
            }
            guard count > 0 else { return (text, 0) }
            replaced.append(contentsOf: octets[copied...])
            guard replaced.count <= MatchLimits.replacedOctets else { throw .limitExceeded }
            return (String(decoding: replaced, as: UTF8.self), count)
        }
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// The place behind the UTF-8 character that starts at `index`.
    fileprivate func indexAfterCharacter(at index: Int) -> Int {
        var next = index + 1
        while next < count, self[next] & 0xC0 == 0x80 { next += 1 }
        return next
    }
}

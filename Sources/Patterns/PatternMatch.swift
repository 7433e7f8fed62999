/// Where a pattern matched, and what its groups captured.
public struct PatternMatch: Sendable {
    /// The match in its subject, in UTF-8 octets.
    public let range: Range<Int>

    let subject: String
    let pattern: Pattern
    /// The ranges of groups 1 and up; nil where a group took no part.
    let groups: [Range<Int>?]

    /// The text of the whole match.
    public var text: String { text(in: range) }

    /// The text of a group; 0 is the whole match. Nil when the group took no part in the match or does not exist.
    public subscript(_ group: Int) -> String? {
        range(of: group).map(text(in:))
    }

    /// The text of a named group, nil when it took no part in the match or no group has that name.
    public subscript(name: String) -> String? {
        pattern.groups(named: name).lazy.compactMap { self[$0] }.first
    }

    /// The place of a group in the subject, in UTF-8 octets.
    public func range(of group: Int) -> Range<Int>? {
        if group == 0 { return range }
        guard groups.indices.contains(group - 1) else { return nil }
        return groups[group - 1]
    }

    private func text(in range: Range<Int>) -> String {
        let octets = subject.utf8
        let start = octets.index(octets.startIndex, offsetBy: range.lowerBound)
        let end = octets.index(start, offsetBy: range.count)
        return String(decoding: octets[start..<end], as: UTF8.self)
    }
}

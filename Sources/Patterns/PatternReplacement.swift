/// The text that takes a match's place: `$1` and `${1}` stand for a group, `${name}` for a named group, `$0` for the
/// whole match, `$$` for a dollar sign. A backslash has no meaning. A group that took no part in the match is empty.
public struct PatternReplacement: Sendable, CustomStringConvertible {
    enum Part: Sendable, Hashable {
        case literal(String)
        /// The first of these groups that took part in the match.
        case group([Int])
    }

    /// The text as it was written.
    public let description: String
    let parts: [Part]

    /// Reads a replacement text; a reference to a group that the pattern does not have is an error.
    public init(_ text: String, for pattern: Pattern) throws(PatternError) {
        description = text
        var reader = ReplacementReader(text: text, pattern: pattern)
        parts = try reader.parts()
    }

    /// The replacement for one match.
    public func expand(_ match: PatternMatch) -> String {
        var text = ""
        for part in parts {
            switch part {
            case .literal(let literal): text += literal
            case .group(let numbers): text += numbers.lazy.compactMap { match[$0] }.first ?? ""
            }
        }
        return text
    }
}

/// Reads `*( literal / "$$" / "$" 1*DIGIT / "${" (1*DIGIT / name) "}" )`.
private struct ReplacementReader {
    private let octets: [UInt8]
    private let pattern: Pattern
    private var place = 0

    init(text: String, pattern: Pattern) {
        octets = Array(text.utf8)
        self.pattern = pattern
    }

    mutating func parts() throws(PatternError) -> [PatternReplacement.Part] {
        var parts: [PatternReplacement.Part] = []
        var literal: [UInt8] = []
        while place < octets.count {
            guard octets[place] == UInt8(ascii: "$") else {
                literal.append(octets[place])
                place += 1
                continue
            }
            if place + 1 < octets.count, octets[place + 1] == UInt8(ascii: "$") {
                literal.append(UInt8(ascii: "$"))
                place += 2
                continue
            }
            if !literal.isEmpty { parts.append(.literal(String(decoding: literal, as: UTF8.self))) }
            literal = []
            parts.append(.group(try reference()))
        }
        if !literal.isEmpty { parts.append(.literal(String(decoding: literal, as: UTF8.self))) }
        return parts
    }

    /// The groups that a reference at this place names.
    private mutating func reference() throws(PatternError) -> [Int] {
        let start = place
        place += 1
        guard place < octets.count, octets[place] == UInt8(ascii: "{") else {
            let digits = octets[place...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            place += digits.count
            return try groups(named: String(decoding: digits, as: UTF8.self), at: start)
        }
        let name = octets[(place + 1)...].prefix { $0 != UInt8(ascii: "}") }
        guard name.endIndex < octets.count else {
            throw PatternError(message: "`${` without its `}`", offset: start)
        }
        place = name.endIndex + 1
        return try groups(named: String(decoding: name, as: UTF8.self), at: start)
    }

    private func groups(named name: String, at offset: Int) throws(PatternError) -> [Int] {
        guard let first = name.utf8.first else {
            throw PatternError(message: "a lone `$`; a dollar sign is written `$$`", offset: offset)
        }
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            let numbers = pattern.groups(named: name)
            guard !numbers.isEmpty else {
                throw PatternError(message: "the pattern has no group named `\(name)`", offset: offset)
            }
            return numbers
        }
        guard let number = Int(name), number <= pattern.captureCount else {
            let count = pattern.captureCount == 1 ? "1 group" : "\(pattern.captureCount) groups"
            throw PatternError(message: "no group `\(name)`; the pattern has \(count)", offset: offset)
        }
        return [number]
    }
}

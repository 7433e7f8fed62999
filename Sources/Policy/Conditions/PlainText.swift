import Patterns

/// A text that is searched for without regard to case: `contains`, `starts-with`, `ends-with`.
struct PlainText: Sendable {
    enum Place: String, CaseIterable, Sendable {
        case anywhere = "contains"
        case start = "starts-with"
        case end = "ends-with"
    }

    private enum Search: Sendable {
        /// An ASCII text in lower case.
        case octets([UInt8])
        /// Letters beyond ASCII have cases that only Unicode's tables know.
        case pattern(Pattern)
    }

    private let place: Place
    private let search: Search
    /// What a search for many texts at once looks for in the place of this one; it is found at least as often.
    let sought: SoughtText

    init(_ text: String, at place: Place) throws(PatternError) {
        self.place = place
        sought = SoughtText(Self.literalPattern(text, at: place), isCaseless: true)
        if text.utf8.allSatisfy({ $0 < 0x80 }) {
            search = .octets(text.utf8.map(Caseless.lowercase))
        } else {
            search = .pattern(try Pattern(Self.literalPattern(text, at: place), caseless: true))
        }
    }

    func isFound(in text: String) throws(EvaluationFailure) -> Bool {
        switch search {
        case .octets(let wanted): return Caseless.withOctets(text) { isFound(wanted, in: $0) }
        case .pattern(let pattern): return try pattern.isFound(in: text)
        }
    }

    private func isFound(_ wanted: [UInt8], in text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = wanted.first else { return true }
        guard wanted.count <= text.count else { return false }
        let last = text.count - wanted.count
        switch place {
        case .start: return matches(wanted, text, from: 0)
        case .end: return matches(wanted, text, from: last)
        case .anywhere:
            for start in 0...last where Caseless.lowercase(text[start]) == first {
                if matches(wanted, text, from: start) { return true }
            }
            return false
        }
    }

    private func matches(_ wanted: [UInt8], _ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Bool {
        for i in wanted.indices where Caseless.lowercase(text[start + i]) != wanted[i] { return false }
        return true
    }

    /// A pattern for a text with every ASCII character that is no letter or digit escaped.
    private static func literalPattern(_ text: String, at place: Place) -> String {
        var pattern = place == .start ? "\\A" : ""
        for scalar in text.unicodeScalars {
            let isSpecial = scalar.isASCII && !scalar.properties.isAlphabetic && !("0"..."9").contains(scalar)
            if isSpecial { pattern.append("\\") }
            pattern.unicodeScalars.append(scalar)
        }
        return place == .end ? pattern + "\\z" : pattern
    }
}

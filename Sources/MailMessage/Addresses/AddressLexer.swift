/// Reads tokens leniently, looking at each octet a bounded number of times: a quote, parenthesis or bracket that is
/// not closed is an octet like any other, and from then on so are those of its kind.
struct AddressLexer {
    private let octets: [UInt8]
    private var place = 0
    private var unclosed: Set<UInt8> = []
    /// The first `?=`, and the first white space, at or behind the last place that asked for them.
    private var encodedWordEnd = 0
    private var spaceStart = 0

    init(_ octets: [UInt8]) {
        self.octets = octets
    }

    mutating func next() -> AddressToken? {
        guard place < octets.count else { return nil }
        let start = place
        let octet = octets[place]
        if let content = delimited(by: octet) {
            switch octet {
            case UInt8(ascii: "("): return .comment(content)
            case UInt8(ascii: "["): return .literal(octets[start..<place])
            default: return .quoted(content)
            }
        }
        if Self.isSpecial(octet) {
            place += 1
            return .special(octet)
        }
        if Self.isSpace(octet) {
            while place < octets.count, Self.isSpace(octets[place]) { place += 1 }
            return .whiteSpace
        }
        if skipEncodedWord() { return .atom(octets[start..<place]) }
        repeat { place += 1 } while place < octets.count && isAtomOctet(octets[place])
        return .atom(octets[start..<place])
    }

    /// What stands between an opening octet here and its closing one, with `quoted-pair` undone.
    private mutating func delimited(by open: UInt8) -> ArraySlice<UInt8>? {
        guard let close = Self.closing(open), !unclosed.contains(open) else { return nil }
        var content: [UInt8] = []
        var depth = 1
        var index = place + 1
        while index < octets.count {
            var octet = octets[index]
            index += 1
            if octet == UInt8(ascii: "\\"), index < octets.count {
                octet = octets[index]
                index += 1
            } else if octet == close {
                depth -= 1
                if depth == 0 {
                    place = index
                    return content[...]
                }
            } else if octet == open, open == UInt8(ascii: "(") {
                depth += 1
            }
            content.append(octet)
        }
        unclosed.insert(open)
        return nil
    }

    /// Passes over an encoded word [2047 2], which may hold what would be special.
    private mutating func skipEncodedWord() -> Bool {
        let mark = UInt8(ascii: "?")
        guard octets[place] == UInt8(ascii: "="), place + 1 < octets.count, octets[place + 1] == mark else {
            return false
        }
        let charset = octets[(place + 2)...].prefix(60).prefix { $0 != mark && !Self.isSpace($0) }
        let textStart = charset.endIndex + 3
        guard textStart < octets.count, octets[charset.endIndex] == mark, octets[textStart - 1] == mark else {
            return false
        }
        encodedWordEnd = max(encodedWordEnd, textStart)
        while encodedWordEnd + 1 < octets.count,
            octets[encodedWordEnd] != mark || octets[encodedWordEnd + 1] != UInt8(ascii: "=")
        { encodedWordEnd += 1 }
        spaceStart = max(spaceStart, place)
        while spaceStart < octets.count, !Self.isSpace(octets[spaceStart]) { spaceStart += 1 }
        guard encodedWordEnd + 1 < min(spaceStart, octets.count) else { return false }
        place = encodedWordEnd + 2
        return true
    }

    private static func closing(_ open: UInt8) -> UInt8? {
        switch open {
        case UInt8(ascii: "\""): UInt8(ascii: "\"")
        case UInt8(ascii: "("): UInt8(ascii: ")")
        case UInt8(ascii: "["): UInt8(ascii: "]")
        default: nil
        }
    }

    /// White space; controls separate as it does.
    private static func isSpace(_ octet: UInt8) -> Bool { octet <= Octet.space || octet == Octet.delete }

    private static func isSpecial(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: ":"),
            UInt8(ascii: "@"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    private func isAtomOctet(_ octet: UInt8) -> Bool {
        guard !Self.isSpace(octet), !Self.isSpecial(octet) else { return false }
        return Self.closing(octet) == nil || unclosed.contains(octet)
    }
}

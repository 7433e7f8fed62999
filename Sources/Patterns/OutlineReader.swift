/// Reads the outline of a pattern; every step consumes a character.
struct OutlineReader {
    private let scalars: [Unicode.Scalar]
    private var place = 0
    /// Groups within each other that are looked into.
    private static let deepest = 50
    /// What classes are made to take, the first that fits first.
    private static let pool: [Unicode.Scalar] = ["a", "1", " ", "-", ".", "@", "<", "_", "/", "x"]

    init(_ source: String) {
        scalars = Array(source.unicodeScalars)
    }

    private var next: Unicode.Scalar? { place < scalars.count ? scalars[place] : nil }

    private mutating func take() -> Unicode.Scalar? {
        guard let next else { return nil }
        place += 1
        return next
    }

    private mutating func skip(_ text: String) -> Bool {
        guard scalars[place...].starts(with: text.unicodeScalars) else { return false }
        place += text.unicodeScalars.count
        return true
    }

    /// Alternatives up to a closing parenthesis, which is taken, or the end.
    mutating func alternatives(depth: Int) -> [[PatternOutline.Item]] {
        var alternatives: [[PatternOutline.Item]] = [[]]
        while let scalar = take() {
            switch scalar {
            case ")": return alternatives
            case "|": alternatives.append([])
            case "^", "$": break
            case "(": group(depth: depth).map { alternatives[alternatives.count - 1].append($0) }
            default:
                let texts = atom(scalar)
                let item = PatternOutline.Item.atom(texts, isRepeated: isRepeated())
                if !texts.isEmpty { alternatives[alternatives.count - 1].append(item) }
            }
        }
        return alternatives
    }

    /// A group behind its parenthesis; nil for what is a setting or a comment.
    private mutating func group(depth: Int) -> PatternOutline.Item? {
        if next == "*" || skip("?#") {
            skip(until: ")")
            return nil
        }
        if skip("?") {
            for name in ["P<", "<", "'"] where skip(name) {
                if next == "=" || next == "!" { break }
                skip(until: name == "'" ? "'" : ">")
            }
            while let flag = next, flag != ")", "imsnxUJ^-:=!>|&RP+0123456789".unicodeScalars.contains(flag) {
                place += 1
                if ":=!>|".unicodeScalars.contains(flag) { break }
            }
        }
        guard depth < Self.deepest else { return nil }
        let alternatives = alternatives(depth: depth + 1)
        return .group(alternatives, isRepeated: isRepeated())
    }

    private mutating func skip(until end: Unicode.Scalar) {
        while let scalar = take(), scalar != end {}
    }

    /// Whether a quantifier follows that lets the item repeat without end, or often; it is taken.
    private mutating func isRepeated() -> Bool {
        var isRepeated = false
        switch next {
        case "*", "+":
            place += 1
            isRepeated = true
        case "?": place += 1
        case "{":
            guard let end = scalars[place...].firstIndex(of: "}") else { return false }
            let bounds = String(String.UnicodeScalarView(scalars[(place + 1)..<end])).split(
                separator: ",", omittingEmptySubsequences: false)
            guard bounds.allSatisfy({ $0.allSatisfy(\.isNumber) }) else { return false }
            place = end + 1
            isRepeated = bounds.last.map { $0.isEmpty || (Int($0) ?? 0) >= 10 } ?? false
        default: return false
        }
        if next == "?" || next == "+" { place += 1 }
        return isRepeated
    }

    /// Texts that a character, a class or an escape takes; none for what takes no text.
    private mutating func atom(_ scalar: Unicode.Scalar) -> [String] {
        switch scalar {
        case ".": return ["a", " ", "1"]
        case "[": return characterClass()
        case "\\": return escape()
        default: return [String(scalar)]
        }
    }

    private mutating func escape() -> [String] {
        guard let scalar = take() else { return [] }
        switch scalar {
        case "w": return ["a", "1"]
        case "d": return ["1"]
        case "s", "h", "W": return [" "]
        case "D", "S", "H", "N", "X": return ["a", "-"]
        case "n", "R": return ["\n"]
        case "r": return ["\r"]
        case "t": return ["\t"]
        case "p", "P":
            if next == "{" { skip(until: "}") } else { _ = take() }
            return ["a", " "]
        case "b", "B", "A", "z", "Z", "G", "K", "Q", "E", "g", "k", "0"..."9": return []
        default: return [String(scalar)]
        }
    }

    /// Members of a class behind its bracket: of the usual characters those that it takes, else the first it names.
    private mutating func characterClass() -> [String] {
        var isNegated = false
        if next == "^" {
            place += 1
            isNegated = true
        }
        var members: [ClosedRange<Unicode.Scalar>] = []
        var isFirst = true
        while let scalar = take(), scalar != "]" || isFirst {
            isFirst = false
            members += classMembers(scalar)
        }
        let taken = Self.pool.filter { scalar in members.contains { $0.contains(scalar) } != isNegated }
        if taken.isEmpty, !isNegated { return members.prefix(2).map { String($0.lowerBound) } }
        return taken.prefix(3).map { String($0) }
    }

    /// One member of a class: a character, a range, or what an escape or a name in brackets stands for.
    private mutating func classMembers(_ scalar: Unicode.Scalar) -> [ClosedRange<Unicode.Scalar>] {
        if scalar == "[", next == ":" {
            skip(until: "]")
            return ["a"..."z"]
        }
        if scalar == "\\" {
            guard let escaped = take() else { return [] }
            switch escaped {
            case "w": return ["a"..."z", "0"..."9", "_"..."_"]
            case "d": return ["0"..."9"]
            case "s", "h": return [" "..." "]
            default: return [escaped...escaped]
            }
        }
        guard next == "-", place + 1 < scalars.count, scalars[place + 1] != "]", scalars[place + 1] >= scalar else {
            return [scalar...scalar]
        }
        place += 1
        guard let last = take() else { return [scalar...scalar] }
        return [scalar...max(scalar, last)]
    }
}

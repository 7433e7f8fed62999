/// The parts of a pattern, as far as they tell what every match must hold and whether Hyperscan reads it as PCRE2 does.
///
/// Reading is careful, not complete: what it does not know ends it with `unreadable`, and then nothing is concluded.
struct PatternTokens: IteratorProtocol {
    enum Token: Hashable {
        /// An ASCII character that stands for itself.
        case literal(UInt8)
        /// A character or class beyond ASCII, whose case only Unicode's tables know.
        case wide
        /// What else takes characters: a class, a dot, a back-reference.
        case item
        /// What takes no characters: `^`, `\b`.
        case boundary
        /// What Hyperscan does not know, or might take for something else.
        case foreign
        case open
        case close
        case alternative
        /// How often the token before may occur; `counted` is the greatest number in braces.
        case quantifier(isOptional: Bool, counted: Int)
        /// Case does not count from here on, or in the group that follows.
        case caseless
        case unreadable
    }

    private let octets: [UInt8]
    private var place = 0
    /// Whether the group of a token such as `(?i:` is still to be opened.
    private var opensNext = false

    init(_ pattern: String) {
        octets = Array(pattern.utf8)
    }

    mutating func next() -> Token? {
        if opensNext {
            opensNext = false
            return .open
        }
        guard let octet = take() else { return nil }
        switch octet {
        case UInt8(ascii: "\\"): return escape()
        case UInt8(ascii: "["): return characterClass()
        case UInt8(ascii: "("): return group()
        case UInt8(ascii: ")"): return .close
        case UInt8(ascii: "|"): return .alternative
        case UInt8(ascii: "."): return .item
        case UInt8(ascii: "^"), UInt8(ascii: "$"): return .boundary
        case UInt8(ascii: "*"), UInt8(ascii: "?"): return quantifier(isOptional: true)
        case UInt8(ascii: "+"): return quantifier(isOptional: false)
        case UInt8(ascii: "{"): return braces()
        case 0x80...: return wide()
        // The end of a string in C.
        case 0: return .foreign
        default: return .literal(octet)
        }
    }

    // MARK: Quantifiers

    /// A quantifier may be lazy (`?`) or possessive (`+`).
    private mutating func quantifier(isOptional: Bool, counted: Int = 0) -> Token {
        if peek() == UInt8(ascii: "?") || peek() == UInt8(ascii: "+") { place += 1 }
        return .quantifier(isOptional: isOptional, counted: counted)
    }

    /// `{n}`, `{n,}` and `{n,m}`; any other brace stands for itself in some releases of PCRE2 and not in others.
    private mutating func braces() -> Token {
        let start = place
        if let least = number() {
            var most = least
            if skip(UInt8(ascii: ",")) { most = number() ?? least }
            if skip(UInt8(ascii: "}")) { return quantifier(isOptional: least == 0, counted: max(least, most)) }
        }
        place = start
        return .foreign
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let digit = peek(), digit >= 0x30, digit <= 0x39 {
            value = min((value ?? 0) * 10 + Int(digit - 0x30), 100_000)
            place += 1
        }
        return value
    }

    // MARK: Groups

    private mutating func group() -> Token {
        if peek() == UInt8(ascii: "*") { return .unreadable }
        guard skip(UInt8(ascii: "?")) else { return .open }
        guard let kind = take() else { return .unreadable }
        switch kind {
        case UInt8(ascii: ":"), UInt8(ascii: "="), UInt8(ascii: "!"), UInt8(ascii: ">"): return .open
        case UInt8(ascii: "<"):
            if skip(UInt8(ascii: "=")) || skip(UInt8(ascii: "!")) { return .open }
            return skip(behind: UInt8(ascii: ">")) ? .open : .unreadable
        case UInt8(ascii: "'"): return skip(behind: UInt8(ascii: "'")) ? .open : .unreadable
        case UInt8(ascii: "P") where skip(UInt8(ascii: "<")):
            return skip(behind: UInt8(ascii: ">")) ? .open : .unreadable
        case UInt8(ascii: "#"): return skip(behind: UInt8(ascii: ")")) ? .boundary : .unreadable
        case UInt8(ascii: "|"):
            opensNext = true
            return .foreign
        case UInt8(ascii: "("):
            // The condition is a group of its own.
            place -= 1
            opensNext = true
            return .foreign
        case UInt8(ascii: "R"), UInt8(ascii: "&"), UInt8(ascii: "+"), UInt8(ascii: "P"), UInt8(ascii: "C"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            return closed(by: UInt8(ascii: ")"))
        default:
            place -= 1
            return flags()
        }
    }

    /// `(?i)` and `(?im-s:`, of the letters that mean the same everywhere.
    private mutating func flags() -> Token {
        let known = Array("ims-".utf8)
        var isCaseless = false
        while let flag = take() {
            if flag == UInt8(ascii: ")") { return isCaseless ? .caseless : .boundary }
            if flag == UInt8(ascii: ":") {
                opensNext = isCaseless
                return isCaseless ? .caseless : .open
            }
            guard known.contains(flag) else { return .unreadable }
            isCaseless = isCaseless || flag == UInt8(ascii: "i")
        }
        return .unreadable
    }

    // MARK: Classes and escapes

    private mutating func characterClass() -> Token {
        var token = Token.item
        _ = skip(UInt8(ascii: "^"))
        _ = skip(UInt8(ascii: "]"))
        while let octet = take() {
            switch octet {
            case UInt8(ascii: "]"): return token
            case UInt8(ascii: "["):
                if peek() == UInt8(ascii: ":"), !skip(behind: UInt8(ascii: "]")) { return .unreadable }
            case UInt8(ascii: "\\"):
                switch escape() {
                case .literal, .item, .boundary: break
                case .wide: if token == .item { token = .wide }
                case .foreign: token = .foreign
                default: return .unreadable
                }
            case 0x80...: if token == .item { token = .wide }
            default: break
            }
        }
        return .unreadable
    }

    private mutating func escape() -> Token {
        guard let octet = take() else { return .unreadable }
        switch octet {
        case 0x80...:
            return wide()
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            let isSingle = octet != UInt8(ascii: "0") && !(peek().map { $0 >= 0x30 && $0 <= 0x39 } ?? false)
            _ = number()
            return isSingle ? .item : .foreign
        case UInt8(ascii: "x"):
            return hexadecimal()
        case UInt8(ascii: "p"), UInt8(ascii: "P"):
            return skip(UInt8(ascii: "{")) ? closed(by: UInt8(ascii: "}")) : take() == nil ? .unreadable : .foreign
        case UInt8(ascii: "K"), UInt8(ascii: "R"), UInt8(ascii: "X"), UInt8(ascii: "G"):
            return .foreign
        case UInt8(ascii: "N"):
            return skip(UInt8(ascii: "{")) ? closed(by: UInt8(ascii: "}")) : .foreign
        case _ where "dDwWsShHvVtnrfae".utf8.contains(octet):
            return .item
        case _ where "bBAZz".utf8.contains(octet):
            return .boundary
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"):
            return .unreadable
        default:
            return .literal(octet)
        }
    }

    /// `\xHH` and `\x{HHHH}`.
    private mutating func hexadecimal() -> Token {
        if skip(UInt8(ascii: "{")) { return closed(by: UInt8(ascii: "}")) == .unreadable ? .unreadable : .wide }
        var value = 0
        for _ in 0..<2 {
            guard let digit = peek().flatMap({ Character(UnicodeScalar($0)).hexDigitValue }) else { break }
            value = value * 16 + digit
            place += 1
        }
        return value < 0x80 ? .item : .wide
    }

    private mutating func closed(by octet: UInt8) -> Token {
        skip(behind: octet) ? .foreign : .unreadable
    }

    // MARK: Octets

    private func peek() -> UInt8? { place < octets.count ? octets[place] : nil }

    private mutating func take() -> UInt8? {
        guard let octet = peek() else { return nil }
        place += 1
        return octet
    }

    private mutating func skip(_ octet: UInt8) -> Bool {
        guard peek() == octet else { return false }
        place += 1
        return true
    }

    /// Moves behind the next octet of that value; false when there is none.
    private mutating func skip(behind octet: UInt8) -> Bool {
        guard let found = octets[place...].firstIndex(of: octet) else { return false }
        place = found + 1
        return true
    }

    /// The rest of a character beyond ASCII.
    private mutating func wide() -> Token {
        while let octet = peek(), octet & 0xc0 == 0x80 { place += 1 }
        return .wide
    }
}

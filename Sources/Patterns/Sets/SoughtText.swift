/// What a `PatternSet` looks for: a pattern as it is written.
public struct SoughtText: Hashable, Sendable {
    public let source: String
    public let isCaseless: Bool

    /// - Parameter source: A pattern that PCRE2 takes.
    public init(_ source: String, isCaseless: Bool) {
        self.source = source
        self.isCaseless = isCaseless
    }

    public init(_ pattern: Pattern) {
        self.init(pattern.source, isCaseless: pattern.isCaseless)
    }

    /// Whether a set is likely to tell texts that lack it; of other patterns every text is a candidate.
    public var canBeScreened: Bool { isPortable || requiredLiterals != nil }
}

extension SoughtText {
    /// Counted repeats beyond this are left to PCRE2: they make a database slow to compile.
    private static let countedRepeats = 64

    /// Whether Hyperscan's dialect gives the pattern the same meaning.
    ///
    /// The two disagree on what is newer than the tables of Unicode that Hyperscan carries: properties, and the case of
    /// letters beyond ASCII.
    var isPortable: Bool {
        var tokens = PatternTokens(source)
        var hasWide = false
        var hasCaseless = isCaseless
        while let token = tokens.next() {
            switch token {
            case .literal, .item, .boundary, .open, .close, .alternative: break
            case .wide: hasWide = true
            case .caseless: hasCaseless = true
            case .quantifier(_, let counted): if counted > Self.countedRepeats { return false }
            case .foreign, .unreadable: return false
            }
        }
        return !(hasWide && hasCaseless)
    }

    /// ASCII texts of which every match holds one, in upper or lower case; nil when none are found.
    ///
    /// Of each alternative at the top the longest run of characters counts; what stands in groups is passed over.
    var requiredLiterals: [String]? {
        var tokens = PatternTokens(source)
        var found = RequiredLiterals()
        while let token = tokens.next() {
            guard found.take(token) else { return nil }
        }
        return found.literals()
    }
}

/// Collects the longest run of characters of each alternative.
private struct RequiredLiterals {
    /// A single character would be found in nearly every text.
    private static let shortest = 2

    private var depth = 0
    private var run: [UInt8] = []
    private var longest: [UInt8] = []
    private var alternatives: [[UInt8]] = []
    private var endsInLiteral = false

    /// Takes the next token; false when nothing can be concluded.
    mutating func take(_ token: PatternTokens.Token) -> Bool {
        switch token {
        case .unreadable: return false
        case .open:
            endRun()
            depth += 1
        case .close:
            depth -= 1
            return depth >= 0
        case _ where depth > 0: break
        case .literal(let octet):
            run.append(octet)
            endsInLiteral = true
            return true
        case .quantifier(let isOptional, _):
            if isOptional, endsInLiteral { run.removeLast() }
            endRun()
        case .alternative: endAlternative()
        case .wide, .item, .boundary, .foreign, .caseless: endRun()
        }
        endsInLiteral = false
        return true
    }

    consuming func literals() -> [String]? {
        guard depth == 0 else { return nil }
        endAlternative()
        guard alternatives.allSatisfy({ $0.count >= Self.shortest }) else { return nil }
        return alternatives.map { String(decoding: $0, as: UTF8.self) }
    }

    private mutating func endRun() {
        if run.count > longest.count { longest = run }
        run = []
    }

    private mutating func endAlternative() {
        endRun()
        alternatives.append(longest)
        longest = []
    }
}

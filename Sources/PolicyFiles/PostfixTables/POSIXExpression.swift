/// Turns a regular expression of POSIX, as glibc's `regcomp` reads it, into a pattern of PCRE2 that is found in the same
/// texts.
///
/// ```
/// extended   = branch *( "|" branch )
/// branch     = *( anchor / atom *( "*" / "+" / "?" / "{" [m] [ "," [n] ] "}" ) )
/// atom       = "(" extended ")" / "[" bracket "]" / "." / "\" char / char
/// basic      = the same with "\(", "\)", "\{", "\}", "\|", "\+", "\?", where "*", "^" and "$" may be ordinary
/// ```
/// What matches is the same in both. What groups find is not always: POSIX asks for the longest match, PCRE2 takes the
/// first one that its order of trying finds (`mayFindOtherGroups`).
struct POSIXExpression {
    struct Failure: Error, Hashable {
        var message: String
        /// In scalars of the expression.
        var offset: Int
    }

    /// The pattern; only options for case are left to be put in front.
    private(set) var pattern = ""
    private(set) var mayFindOtherGroups = false
    /// Letters behind a backslash that stand for themselves here and for something else in Perl's patterns.
    private(set) var plainEscapes: [Unicode.Scalar] = []

    private var reader: POSIXReader
    private let isExtended: Bool
    /// `.` and `[^…]` do not match a line end, `^` and `$` match at line ends: REG_NEWLINE.
    private let heedsLines: Bool
    private var groupsOpened = 0
    private var groupsClosed: Set<Int> = []

    /// Groups within groups at most.
    private static let depthLimit = 200
    /// RE_DUP_MAX of glibc.
    private static let repeatLimit = 32_767

    init(_ expression: String, isExtended: Bool, heedsLines: Bool) throws(Failure) {
        reader = POSIXReader(expression)
        self.isExtended = isExtended
        self.heedsLines = heedsLines
        pattern = try alternatives(depth: 0)
    }

    private mutating func alternatives(depth: Int) throws(Failure) -> String {
        guard depth <= Self.depthLimit else { throw failure("too many groups within each other") }
        var branches = [try branch(depth: depth)]
        while reader.take(isExtended ? "|" : "\\|") {
            mayFindOtherGroups = true
            branches.append(try branch(depth: depth))
        }
        return branches.joined(separator: "|")
    }

    private mutating func branch(depth: Int) throws(Failure) -> String {
        var text = ""
        var isAtStart = true
        while !reader.isAtEnd, !reader.sees(isExtended ? "|" : "\\|"), depth == 0 || !seesClosing {
            if let anchor = anchor(isAtStart: isAtStart) {
                text += anchor
                try refuseRepetition()
                continue
            }
            if isExtended, isAtStart { try refuseRepetition() }
            let (atom, isGroup) = try atom(isAtStart: isAtStart, depth: depth)
            text += try repeated(atom, isGroup: isGroup)
            isAtStart = false
        }
        return text
    }

    private var seesClosing: Bool { reader.sees(isExtended ? ")" : "\\)") }

    /// What follows an anchor in an extended expression, or begins a branch, cannot be repeated.
    private func refuseRepetition() throws(Failure) {
        guard isExtended, let next = reader.next, "*+?{".unicodeScalars.contains(next) else { return }
        throw failure("`\(next)` has nothing before it to repeat")
    }

    private mutating func anchor(isAtStart: Bool) -> String? {
        if reader.next == "^", isExtended || isAtStart {
            reader.skip()
            return heedsLines ? "(?m:^)" : "^"
        }
        if reader.next == "$", isExtended || endsBranch {
            reader.skip()
            return heedsLines ? "(?m:$)" : "$"
        }
        for (escape, meaning) in POSIXEscapes.anchors where reader.take(escape) { return meaning }
        return nil
    }

    /// Whether a basic expression has nothing of its branch behind the next scalar.
    private var endsBranch: Bool {
        reader.isLast || reader.sees("\\)", after: 1) || reader.sees("\\|", after: 1)
    }

    private mutating func atom(isAtStart: Bool, depth: Int) throws(Failure) -> (text: String, isGroup: Bool) {
        if reader.take(isExtended ? "(" : "\\(") { return (try group(depth: depth), true) }
        if !isExtended, seesClosing { throw failure("`\\)` without its `\\(`") }
        guard let next = reader.take() else { return ("", false) }
        switch next {
        case "[": return (try POSIXBracket.read(&reader, heedsLines: heedsLines), false)
        case ".": return (heedsLines ? "[^\\n]" : ".", false)
        case "\\": return (try escape(), false)
        default: return (POSIXEscapes.literal(next), false)
        }
    }

    private mutating func group(depth: Int) throws(Failure) -> String {
        let start = reader.offset
        groupsOpened += 1
        let number = groupsOpened
        let inside = try alternatives(depth: depth + 1)
        guard reader.take(isExtended ? ")" : "\\)") else {
            throw Failure(message: "a group is not closed", offset: max(0, start - 1))
        }
        groupsClosed.insert(number)
        return "(\(inside))"
    }

    private mutating func escape() throws(Failure) -> String {
        guard let next = reader.take() else { throw failure("the expression ends in a backslash") }
        if let digit = Int(String(next)), digit > 0 {
            guard groupsClosed.contains(digit) else { throw failure("`\\\(digit)` refers to no group before it") }
            mayFindOtherGroups = true
            return "\\g{\(digit)}"
        }
        if POSIXEscapes.classes.contains(next) { return "\\\(next)" }
        if !isExtended, next == "{" { throw failure("`\\{` has nothing before it to repeat") }
        if next.isASCIILetterOrDigit { plainEscapes.append(next) }
        return POSIXEscapes.literal(next)
    }

    /// An atom with the repetitions behind it. Each further one repeats what the one before made.
    private mutating func repeated(_ atom: String, isGroup: Bool) throws(Failure) -> String {
        var text = atom
        var isRepeated = false
        while let repetition = try repetition() {
            text = (isRepeated ? "(?:\(text))" : text) + repetition
            if isRepeated || isGroup { mayFindOtherGroups = true }
            isRepeated = true
        }
        return text
    }

    private mutating func repetition() throws(Failure) -> String? {
        if reader.take("*") { return "*" }
        if reader.take(isExtended ? "+" : "\\+") { return "+" }
        if reader.take(isExtended ? "?" : "\\?") { return "?" }
        guard reader.take(isExtended ? "{" : "\\{") else { return nil }
        let low = reader.takeNumber()
        let hasComma = reader.take(",")
        let high = hasComma ? reader.takeNumber() : low
        guard reader.take(isExtended ? "}" : "\\}"), low != nil || hasComma, (low ?? 0) <= (high ?? .max),
            max(low ?? 0, high ?? 0) <= Self.repeatLimit
        else { throw failure("a repetition in braces is `{3}`, `{3,}`, `{,5}` or `{3,5}`") }
        return hasComma ? "{\(low ?? 0),\(high.map(String.init) ?? "")}" : "{\(low ?? 0)}"
    }

    private func failure(_ message: String) -> Failure {
        Failure(message: message, offset: reader.offset)
    }
}

/// What a backslash means in expressions of glibc, and what needs one in patterns of PCRE2.
enum POSIXEscapes {
    /// Places between characters.
    static let anchors = [
        ("\\<", "\\b(?=\\w)"), ("\\>", "\\b(?<=\\w)"), ("\\`", "\\A"), ("\\'", "\\z"), ("\\b", "\\b"), ("\\B", "\\B"),
    ]

    /// Letters behind a backslash that mean the same in both.
    static let classes: Set<Unicode.Scalar> = ["w", "W", "s", "S"]

    /// A scalar that stands for itself.
    static func literal(_ scalar: Unicode.Scalar) -> String {
        "\\^$.|?*+()[]{}".unicodeScalars.contains(scalar) ? "\\\(scalar)" : String(scalar)
    }
}

import Policy

/// One entry of a table of patterns, with what surrounds it.
struct PostfixPatternEntry: Sendable {
    let line: PostfixLine
    /// The patterns of the IFs around it, from the outermost, each with the line that it begins at.
    let guards: [(line: Int, pattern: PostfixPattern)]
    /// One pattern, or two for `/this/!/that/`: the second is negated.
    let patterns: [PostfixPattern]
    let result: PostfixText
    let resultLocation: SourceLocation

    var location: SourceLocation { line.location() }

    /// What the operator should know of its patterns.
    var remarks: [Diagnostic] {
        let groups = patterns[0].mayFindOtherGroups && result.highestGroup > 0
        return patterns.flatMap(\.remarks)
            + (groups
                ? [.warning(at: resultLocation, "`$1` and others: POSIX finds the longest groups, PCRE2 the first")]
                : [])
    }
}

/// A table of patterns [pcre_table(5), regexp_table(5)].
struct PostfixPatternTable: Sendable {
    private(set) var entries: [PostfixPatternEntry] = []
    private(set) var diagnostics: [Diagnostic] = []

    private let reader: PostfixPatternReader
    private var guards: [(line: Int, pattern: PostfixPattern)] = []

    /// IFs within each other at most, and entries at most.
    private static let depthLimit = 50
    private static let entryLimit = 20_000

    init(_ lines: [PostfixLine], type: PostfixTableType) {
        reader = PostfixPatternReader(type: type)
        for line in lines {
            do throws(Diagnostic) {
                try read(line)
            } catch {
                diagnostics.append(error)
            }
        }
        for open in guards {
            diagnostics.append(.error(at: open.pattern.location, "IF without its ENDIF"))
        }
    }

    private mutating func read(_ line: PostfixLine) throws(Diagnostic) {
        var cursor = PostfixCursor(line)
        guard cursor.next?.isASCIILetterOrDigit ?? false else { return try readEntry(&cursor) }
        if cursor.take(keyword: "if") { return try readIf(&cursor) }
        guard cursor.take(keyword: "endif") else {
            throw .error(at: cursor.location, "expected a pattern between delimiters, IF or ENDIF")
        }
        try refuseText(behind: "ENDIF", &cursor)
        if guards.popLast() == nil { throw .error(at: line.location(), "ENDIF without its IF") }
    }

    private mutating func readIf(_ cursor: inout PostfixCursor) throws(Diagnostic) {
        guard guards.count < Self.depthLimit else { throw .error(at: cursor.location, "too many IFs in each other") }
        cursor.skipWhiteSpace()
        do throws(Diagnostic) {
            let pattern = try reader.read(&cursor)
            guards.append((cursor.line.number, pattern))
        } catch {
            // Its ENDIF is not to be blamed as well.
            guards.append((cursor.line.number, PostfixPattern(anythingAt: cursor.line.location())))
            throw error
        }
        try refuseText(behind: "IF", &cursor)
    }

    private func refuseText(behind keyword: String, _ cursor: inout PostfixCursor) throws(Diagnostic) {
        cursor.skipWhiteSpace()
        if cursor.isAtEnd { return }
        throw .error(
            at: cursor.location,
            "text behind \(keyword), which Postfix ignores; a line that begins with white space goes on the one before"
        )
    }

    private mutating func readEntry(_ cursor: inout PostfixCursor) throws(Diagnostic) {
        var patterns = [try reader.read(&cursor)]
        if reader.type == .regexp, cursor.next == "!" { patterns.append(try reader.read(&cursor)) }
        cursor.skipWhiteSpace()
        let place = cursor.location
        let result = try PostfixText.read(&cursor)
        if result.isEmpty { throw .error(at: place, "the pattern has no result") }
        try checkGroups(of: result, patterns[0], at: place)
        guard entries.count < Self.entryLimit else {
            throw .error(at: cursor.line.location(), "more than \(Self.entryLimit) entries")
        }
        entries.append(
            PostfixPatternEntry(
                line: cursor.line, guards: guards, patterns: patterns, result: result, resultLocation: place
            )
        )
    }

    private func checkGroups(
        of result: PostfixText, _ pattern: PostfixPattern, at place: SourceLocation
    ) throws(Diagnostic) {
        if result.highestGroup > 0, pattern.isNegated {
            throw .error(at: place, "`$\(result.highestGroup)` of a pattern that is not found stands for nothing")
        }
        if result.highestGroup > pattern.captureCount {
            throw .error(at: place, "`$\(result.highestGroup)` stands for nothing: the pattern has no such group")
        }
    }
}

import Policy

/// One entry of a table of keys.
struct PostfixKeyEntry: Sendable {
    let line: PostfixLine
    /// In lower case, as Postfix looks keys up.
    let key: String
    let result: String
    let resultLocation: SourceLocation
}

/// A table of keys and results, the input of postmap(1).
///
/// ```
/// entry  = key 1*WSP result
/// key    = 1*char / DQUOTE *( char / "\" char ) DQUOTE
/// ```
struct PostfixKeyTable: Sendable {
    private(set) var entries: [PostfixKeyEntry] = []
    private(set) var diagnostics: [Diagnostic] = []
    private var known: Set<String> = []

    init(_ lines: [PostfixLine]) {
        for line in lines {
            do throws(Diagnostic) {
                try read(line)
            } catch {
                diagnostics.append(error)
            }
        }
    }

    private mutating func read(_ line: PostfixLine) throws(Diagnostic) {
        var cursor = PostfixCursor(line)
        let key = cursor.next == "\"" ? try quoted(&cursor) : cursor.takeWord()
        cursor.skipWhiteSpace()
        let place = cursor.location
        let result = line.string(cursor.offset..<line.scalars.count)
        if result.isEmpty { throw .error(at: place, "the key `\(key)` has no result") }
        guard known.insert(key.lowercased()).inserted else {
            diagnostics.append(
                .warning(at: line.location(), "`\(key)` stands further up; Postfix keeps the first result"))
            return
        }
        entries.append(
            PostfixKeyEntry(line: line, key: key.lowercased(), result: result, resultLocation: place)
        )
    }

    private func quoted(_ cursor: inout PostfixCursor) throws(Diagnostic) -> String {
        let place = cursor.location
        _ = cursor.take()
        var key = String.UnicodeScalarView()
        while let scalar = cursor.take() {
            if scalar == "\"" { return String(key) }
            if scalar == "\\", let next = cursor.take() { key.append(next) } else { key.append(scalar) }
        }
        throw .error(at: place, "the quotes around the key are not closed")
    }
}

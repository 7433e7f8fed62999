import Policy

/// A file that holds the entries of a list: one on each line; `#` at the start of a line or behind a space begins a
/// comment.
enum PolicyListFile {
    /// The entries with their places, and what is wrong with the file.
    static func read(
        _ name: String,
        relativeTo policy: String,
        namedAt reference: SourceLocation
    ) -> (entries: [Located<String>], diagnostics: [Diagnostic]) {
        let path = OperatorFile.resolve(name, relativeTo: policy)
        switch OperatorFile.read(path, limit: DocumentLimits.octets) {
        case .failure(let error):
            return ([], [error.diagnostic(of: path, namedAt: reference)])
        case .success(let octets):
            return entries(of: octets, path: path)
        }
    }

    static func entries(
        of octets: [UInt8],
        path: String
    ) -> (entries: [Located<String>], diagnostics: [Diagnostic]) {
        var entries: [Located<String>] = []
        var diagnostics: [Diagnostic] = []
        let lines = octets.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let content = withoutComment(line)
            let start = content.firstIndex { !isSpace($0) } ?? content.endIndex
            let end = content.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? start
            guard start < end else { continue }
            let location = SourceLocation(file: path, line: index + 1, column: start - line.startIndex + 1)
            if let text = String(validating: content[start..<end], as: UTF8.self) {
                entries.append(Located(text, at: location))
            } else {
                diagnostics.append(.error(at: location, "not valid UTF-8"))
            }
        }
        return (entries, diagnostics)
    }

    private static func withoutComment(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let mark = line.indices.first { index in
            line[index] == UInt8(ascii: "#") && (index == line.startIndex || isSpace(line[index - 1]))
        }
        return mark.map { line[..<$0] } ?? line
    }

    private static func isSpace(_ octet: UInt8) -> Bool {
        octet == UInt8(ascii: " ") || octet == UInt8(ascii: "\t") || octet == UInt8(ascii: "\r")
    }
}

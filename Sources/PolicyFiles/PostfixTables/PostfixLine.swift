import Policy

/// A logical line of a Postfix table: a physical one with those behind it that begin with white space.
struct PostfixLine: Sendable {
    private struct Piece {
        var offset: Int
        var line: Int
    }

    let file: String
    private(set) var scalars: [Unicode.Scalar] = []
    /// The comments above it, each without its `#`.
    var comments: [String] = []
    private var pieces: [Piece] = []

    init(file: String) {
        self.file = file
    }

    /// The first line of the file that it has a part of.
    var number: Int { pieces.first?.line ?? 1 }

    var text: String { string(0..<scalars.count) }

    mutating func append(_ part: some Sequence<Unicode.Scalar>, line: Int) {
        pieces.append(Piece(offset: scalars.count, line: line))
        scalars.append(contentsOf: part)
        while scalars.last.map(Self.isSpace) ?? false { scalars.removeLast() }
    }

    func string(_ range: Range<Int>) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars[range])
        return String(text)
    }

    /// Where an offset of the logical line stands in the file.
    func location(at offset: Int = 0) -> SourceLocation {
        let piece = pieces.last { $0.offset <= offset } ?? Piece(offset: 0, line: 1)
        return SourceLocation(file: file, line: piece.line, column: offset - piece.offset + 1)
    }

    static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case " ", "\t", "\r", "\n", "\u{0B}", "\u{0C}": true
        default: false
        }
    }
}

/// The logical lines of a Postfix table, as `postmap` reads them.
///
/// Lines without text and those whose first text is `#` are left out, also within a logical line.
enum PostfixTableText {
    static func lines(of octets: [UInt8], path: String) -> (lines: [PostfixLine], diagnostics: [Diagnostic]) {
        switch DocumentText.decode(octets, path: path) {
        case .success(let text): lines(of: text, path: path)
        case .failure(let diagnostic): ([], [diagnostic])
        }
    }

    static func lines(of text: String, path: String) -> (lines: [PostfixLine], diagnostics: [Diagnostic]) {
        var lines: [PostfixLine] = []
        var diagnostics: [Diagnostic] = []
        var comments: [String] = []
        let physical = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, part) in physical.enumerated() {
            guard let start = part.firstIndex(where: { !PostfixLine.isSpace($0) }) else { continue }
            if part[start] == "#" {
                comments.append(String(part[part.index(after: start)...]).trimmingWhiteSpace())
            } else if start == part.startIndex {
                var line = PostfixLine(file: path)
                line.comments = comments
                line.append(part, line: index + 1)
                lines.append(line)
                comments = []
            } else if lines.isEmpty {
                diagnostics.append(
                    .error(
                        at: SourceLocation(file: path, line: index + 1, column: 1),
                        "the first line must not begin with white space: there is no line that it could go on"
                    )
                )
            } else {
                lines[lines.count - 1].append(part, line: index + 1)
            }
        }
        return (lines, diagnostics)
    }
}

extension StringProtocol {
    /// The text without the white space at its ends.
    func trimmingWhiteSpace() -> String {
        let scalars = unicodeScalars
        guard let start = scalars.firstIndex(where: { !PostfixLine.isSpace($0) }),
            let end = scalars.lastIndex(where: { !PostfixLine.isSpace($0) })
        else { return "" }
        return String(self[start...end])
    }
}

/// The lines of a document's text, to look up what stands at a place.
struct DocumentLines {
    typealias Line = ArraySlice<Unicode.Scalar>

    /// Columns behind this one are not looked at: whoever writes such lines does not read them.
    static let longestLine = 4096
    /// Of a larger text no line is kept.
    static let largestText = 8 << 20

    private var lines: [Line] = []

    init(_ text: String) {
        guard text.utf8.count <= Self.largestText else { return }
        let isEnd: (Unicode.Scalar) -> Bool = { ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"].contains($0) }
        let scalars = Array(text.unicodeScalars)
        var start = 0
        for (index, scalar) in scalars.enumerated() where isEnd(scalar) {
            if scalar == "\n", index > 0, scalars[index - 1] == "\r" {
                start = index + 1
                continue
            }
            lines.append(scalars[start..<index])
            start = index + 1
        }
        lines.append(scalars[start...])
    }

    /// A line, counted from 1, without its end; empty behind the last.
    func line(_ number: Int) -> Line {
        lines.indices.contains(number - 1) ? lines[number - 1].prefix(Self.longestLine) : []
    }

    func character(_ number: Int, _ column: Int) -> Unicode.Scalar? {
        let line = line(number)
        let index = line.startIndex + column - 1
        return line.indices.contains(index) ? line[index] : nil
    }

    /// Whether one of these lines holds a `#` behind a space.
    func hasComment(from first: Int, to last: Int) -> Bool {
        (first...last).contains { number in
            let line = line(number)
            return zip(line, line.dropFirst()).contains { $0 == " " && $1 == "#" }
        }
    }

    /// Whether a line holds an opening bracket or a comma.
    func holdsBracket(_ number: Int) -> Bool {
        line(number).contains { $0 == "{" || $0 == "[" || $0 == "," }
    }

    /// What begins with `#` behind a plain text that ends in its line.
    func comment(behind text: String, at number: Int, _ column: Int) -> DocumentScalar.Comment {
        let rest = line(number).dropFirst(column - 1)
        guard rest.starts(with: text.unicodeScalars) else { return .none }
        let behind = rest.dropFirst(text.unicodeScalars.count)
        let mark = behind.drop { $0 == " " || $0 == "\t" }
        guard mark.first == "#", mark.count < behind.count else { return .none }
        let next = mark.dropFirst().first { $0 != "#" && $0 != "!" }
        return next == nil || next == " " || next == "\t" ? .spaced : .tight
    }
}

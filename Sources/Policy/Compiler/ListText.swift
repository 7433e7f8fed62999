/// The text of a file that holds a list: an entry on each line; `#` at the start of a line or behind white space begins
/// a comment.
///
/// Entries are read from the text when they are asked for, so that a file of a million entries costs its octets alone.
public struct ListText: Sendable {
    /// Lines that are not UTF-8 and are named one by one.
    private static let reported = 10

    public let path: String
    /// How many entries there are.
    public let count: Int
    /// What is wrong with the text.
    public let diagnostics: [Diagnostic]
    private let octets: [UInt8]

    public init(_ octets: [UInt8], path: String) {
        self.octets = octets
        self.path = path
        var lines = LineReader(octets)
        var count = 0
        var invalid = 0
        var diagnostics: [Diagnostic] = []
        while let entry = lines.next() {
            if String(validating: octets[entry.range], as: UTF8.self) != nil {
                count += 1
                continue
            }
            invalid += 1
            guard invalid <= Self.reported else { continue }
            let location = SourceLocation(file: path, line: entry.line, column: entry.column)
            diagnostics.append(.error(at: location, "not valid UTF-8"))
        }
        if invalid > Self.reported, let last = diagnostics.last {
            diagnostics.append(
                .error(at: last.location, "\(invalid - Self.reported) more lines below are not valid UTF-8"))
        }
        self.count = count
        self.diagnostics = diagnostics
    }

    /// The entries from top to bottom, each with its place.
    struct Iterator: IteratorProtocol {
        private let text: ListText
        private var lines: LineReader

        init(_ text: ListText) {
            self.text = text
            lines = LineReader(text.octets)
        }

        mutating func next() -> Located<String>? {
            while let entry = lines.next() {
                guard let value = String(validating: text.octets[entry.range], as: UTF8.self) else { continue }
                return Located(value, at: SourceLocation(file: text.path, line: entry.line, column: entry.column))
            }
            return nil
        }
    }
}

/// Finds the lines of a list file on which something other than a comment stands.
private struct LineReader {
    private let octets: [UInt8]
    private var place = 0
    private var line = 0

    init(_ octets: [UInt8]) {
        self.octets = octets
    }

    mutating func next() -> (range: Range<Int>, line: Int, column: Int)? {
        while place < octets.count {
            let start = place
            line += 1
            var range = takeLine()
            while let first = range.first, Self.isSpace(octets[first]) { range.removeFirst() }
            while let last = range.last, Self.isSpace(octets[last]) { range.removeLast() }
            if !range.isEmpty { return (range, line, range.lowerBound - start + 1) }
        }
        return nil
    }

    /// The next line without its comment; the place moves behind its end.
    private mutating func takeLine() -> Range<Int> {
        let start = place
        var end = octets.count
        while place < octets.count {
            let octet = octets[place]
            place += 1
            if octet == UInt8(ascii: "\n") { return start..<min(end, place - 1) }
            if octet == UInt8(ascii: "#"), place - 1 == start || Self.isSpace(octets[place - 2]) {
                end = min(end, place - 1)
            }
        }
        return start..<end
    }

    private static func isSpace(_ octet: UInt8) -> Bool {
        octet == UInt8(ascii: " ") || octet == UInt8(ascii: "\t") || octet == UInt8(ascii: "\r")
    }
}

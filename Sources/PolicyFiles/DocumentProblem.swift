import Yams

/// What an error of the YAML parser means to whoever wrote the text.
///
/// The parser tells where it lost its way and what it expected there. Most often that is a text which YAML reads as
/// something else, so that it wants quotes.
struct DocumentProblem {
    private let problem: String
    /// Where what the parser was reading begins.
    private let opening: Mark
    private let mark: Mark
    private let text: DocumentLines

    /// What is wrong, in the words of the document.
    private(set) var message = ""
    /// Where to look.
    private(set) var place: Mark

    init(_ problem: String, _ context: YamlError.Context?, at mark: Mark, in text: String) {
        self.problem = problem
        self.mark = mark
        opening = context?.mark ?? mark
        self.text = DocumentLines(text)
        place = mark
        message = explanation()
    }

    private mutating func explanation() -> String {
        let found = text.character(mark.line, mark.column)
        if found == "\t" { return "a tab where YAML asks for spaces" }
        switch problem {
        case "mapping values are not allowed in this context": return straySeparator()
        case "found unknown escape character", "did not find expected hexdecimal number":
            return "`\\` in double quotes begins an escape of YAML's; put a pattern in single quotes"
        case "found character that cannot start any token", "did not find expected alphabetic or numeric character",
            "did not find expected comment or line break", "block sequence entries are not allowed in this context",
            "mapping keys are not allowed in this context":
            return wrongStart()
        case "found unexpected ':'": return Self.inside(":")
        case "did not find expected ',' or ']'": return flowProblem(found, closing: "]")
        case "did not find expected ',' or '}'": return flowProblem(found, closing: "}")
        case "did not find expected key", "did not find expected '-' indicator": return blockProblem(found)
        case "found unexpected end of stream":
            place = opening
            return "a quote without its end"
        case "could not find expected ':'":
            place = opening
            return "a text where a key with its `:` is expected"
        case "did not find expected node content":
            guard let found else { return "a value is missing, or a bracket that closes" }
            return "`\(found)` where a value is expected; put a text that begins with it in quotes"
        default: return "not valid YAML: \(problem)"
        }
    }

    /// `: ` within a text, or a key where none can be.
    private func straySeparator() -> String {
        let before = text.line(mark.line).prefix(max(0, mark.column - 1))
        if String(String.UnicodeScalarView(before)).contains(": ") {
            return "`: ` ends a key, so that a text cannot hold it; put the text in quotes"
        }
        return "a key where none can be: it is indented too far, or the line before is not complete"
    }

    /// A character by which YAML tells what follows.
    private mutating func wrongStart() -> String {
        place = opening
        let first = text.character(opening.line, opening.column).map(String.init) ?? ""
        return "a text cannot begin with `\(first)`; put it in quotes"
    }

    /// What ends a sequence or mapping in brackets too early, or never.
    private mutating func flowProblem(_ found: Unicode.Scalar?, closing: Unicode.Scalar) -> String {
        let opener: Unicode.Scalar = closing == "]" ? "[" : "{"
        if text.hasComment(from: opening.line, to: max(opening.line, mark.line - 1)) {
            place = opening
            return "`\(opener)` without its `\(closing)`: what stands behind ` #` is a comment; put the text in quotes"
        }
        if isBehindQuote { return "a text goes on behind its closing quote; quote the whole of it" }
        switch found {
        case ":" where mark.line > opening.line && !text.holdsBracket(mark.line):
            place = opening
            return "`\(opener)` without its `\(closing)`"
        case "{", "[", ":": return Self.inside(found ?? closing)
        case "]", "}": return "`\(found ?? closing)` where `\(closing)` is expected"
        default:
            if let found, text.character(mark.line, mark.column - 1) == "]" { return Self.behindBracket(found) }
            if let found, before == "]" || before == "}" {
                return "`\(found)` behind a closing bracket: a comma is missing there, or a text that begins with a "
                    + "bracket stands in quotes"
            }
            place = opening
            return "`\(opener)` without its `\(closing)`"
        }
    }

    /// A line that does not belong where it stands, or that goes on behind the end of its value.
    private func blockProblem(_ found: Unicode.Scalar?) -> String {
        if isBehindQuote { return "a text goes on behind its closing quote; quote the whole of it" }
        let before = text.line(mark.line).prefix(max(0, mark.column - 1))
        if before.allSatisfy({ $0 == " " }) {
            return "the line is not indented like those that it belongs to; they begin in column \(opening.column)"
        }
        switch found {
        case "]", "}": return "`\(found ?? "}")` without the bracket that it closes"
        default: return Self.behindBracket(found ?? " ")
        }
    }

    /// Whether a closing quote stands before the place.
    private var isBehindQuote: Bool { before == "'" || before == "\"" }

    /// What stands before the place, but for spaces.
    private var before: Unicode.Scalar? {
        text.line(mark.line).prefix(max(0, mark.column - 1)).reversed().drop { $0 == " " }.first
    }

    private static func inside(_ character: Unicode.Scalar) -> String {
        "`\(character)` inside of a text in brackets; put the text in quotes"
    }

    private static func behindBracket(_ found: Unicode.Scalar) -> String {
        "`\(found)` behind a closing bracket; a text that begins with a bracket stands in quotes"
    }
}

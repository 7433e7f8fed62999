/// A reading of Swift source text just deep enough to hold it against the architecture.
struct SwiftText {
    /// The lines of the source without comments and without the contents of string literals.
    let codeLines: [String]

    init(_ source: String) {
        var lines: [String] = []
        var commentDepth = 0
        var isInMultilineString = false
        for line in source.split(separator: "\n", omittingEmptySubsequences: false) {
            lines.append(Self.code(of: line, commentDepth: &commentDepth, isInMultilineString: &isInMultilineString))
        }
        codeLines = lines
    }

    /// The modules of the import declarations: `import struct A.B` imports `A`.
    var importedModules: [String] {
        codeLines.compactMap { line in
            let words = line.split(whereSeparator: \.isWhitespace)
                .drop { $0.hasPrefix("@") || Self.accessLevels.contains(String($0)) }
            guard words.first == "import" else { return nil }
            let path = words.dropFirst().drop { Self.importKinds.contains(String($0)) }.first
            return path?.split(whereSeparator: { $0 == "." || $0 == ";" }).first.map(String.init)
        }
    }

    private static let accessLevels: Set<String> = ["public", "package", "internal", "fileprivate", "private"]
    private static let importKinds: Set<String> = [
        "typealias", "struct", "class", "enum", "protocol", "let", "var", "func",
    ]

    private static func code(
        of line: Substring,
        commentDepth: inout Int,
        isInMultilineString: inout Bool
    ) -> String {
        var code = ""
        var rest = line
        var isInString = false
        while let character = rest.first {
            if commentDepth > 0 {
                commentDepth += rest.hasPrefix("/*") ? 1 : rest.hasPrefix("*/") ? -1 : 0
                rest = rest.dropFirst(rest.hasPrefix("/*") || rest.hasPrefix("*/") ? 2 : 1)
            } else if rest.hasPrefix("\"\"\"") {
                isInMultilineString.toggle()
                rest = rest.dropFirst(3)
            } else if isInMultilineString || isInString {
                if character == "\"" && isInString { isInString = false }
                rest = rest.dropFirst(character == "\\" ? 2 : 1)
            } else if character == "\"" {
                isInString = true
                rest = rest.dropFirst()
            } else if rest.hasPrefix("//") {
                break
            } else if rest.hasPrefix("/*") {
                commentDepth = 1
                rest = rest.dropFirst(2)
            } else {
                code.append(character)
                rest = rest.dropFirst()
            }
        }
        return code
    }
}

/// A page of the documentation, as far as tests read it.
struct MarkdownPage {
    private let lines: [Substring]

    /// `path` is relative to the repository.
    init(_ path: String) throws {
        lines = try Repository.read(path).split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// The cells of every table whose first column has this title.
    func rows(under title: String) -> [[String]] {
        var rows: [[String]] = []
        var isInside = false
        for line in lines {
            guard line.hasPrefix("|") else {
                isInside = false
                continue
            }
            let cells = line.split(separator: "|").map { $0.trimmed }
            if cells.first == title {
                isInside = true
            } else if isInside, cells.first != "---" {
                rows.append(cells)
            }
        }
        return rows
    }

    /// The text of every fenced block in a language.
    func examples(of language: String) -> [String] {
        var examples: [String] = []
        var example: [Substring]?
        for line in lines {
            if line == "```", let lines = example {
                examples.append(lines.joined(separator: "\n") + "\n")
                example = nil
            } else if line == "```\(language)" {
                example = []
            } else {
                example?.append(line)
            }
        }
        return examples
    }

    /// The targets of the links.
    var links: [String] {
        lines.flatMap { line in
            line.matches(of: /\]\(([^)]+)\)/).map { String($0.1) }
        }
    }
}

extension Substring {
    fileprivate var trimmed: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}

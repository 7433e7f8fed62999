import Testing

@testable import GatepostService

/// The tutorial's commands print what its page shows, on the files that it shows.
@Suite struct TutorialTests {
    @Test func `what the tutorial shows is what an operator sees`() throws {
        let folder = try TemporaryFolder()
        var commands = 0
        for block in try TutorialPage("Documentation/tutorial.md").blocks {
            switch block {
            case .file(let name, let text):
                try folder.write(name, text)
            case .command(let words, let shown):
                commands += 1
                let printed = try Self.run(words, in: folder)
                #expect(printed == shown, "gatepost \(words.joined(separator: " "))")
            }
        }
        #expect(commands >= 6)
    }

    /// What a command prints, with the names of files as they are typed.
    private static func run(_ words: [String], in folder: TemporaryFolder) throws -> [String] {
        let report: any CommandReport
        switch words[0] {
        case "check": report = CheckReport(checking: words.dropFirst().map(folder.path))
        case "test": report = TestReport(testing: words.dropFirst().map(folder.path))
        default: report = try explain(words, in: folder)
        }
        let text = report.diagnostics.map { "\($0)\n" }.joined() + report.text
        return text.replacing(folder.path(""), with: "").split(separator: "\n").map { line in
            String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    /// `explain MESSAGE --option value …`
    private static func explain(_ words: [String], in folder: TemporaryFolder) throws -> ExplainReport {
        var request = ExplainRequest()
        var policies: [String] = []
        for (option, value) in zip(words.dropFirst(2), words.dropFirst(3)) {
            switch option {
            case "--policy": policies.append(folder.path(value))
            case "--client": try request.set(client: value)
            case "--sender": try request.set(sender: value, parameters: [])
            case "--recipient": try request.add(recipient: value)
            default: break
            }
        }
        try request.set(messageFile: folder.path(words[1]))
        return ExplainReport(request, policies: policies)
    }
}

/// The tutorial as a sequence of files to save and commands to type.
private struct TutorialPage {
    enum Block {
        /// A fenced block behind the name of a file in backticks.
        case file(name: String, text: String)
        /// A line `$ gatepost …` with what is printed below it.
        case command([String], shown: [String])
    }

    private(set) var blocks: [Block] = []

    init(_ path: String) throws {
        var name = ""
        var fence: (language: Substring, lines: [Substring])?
        for line in try Repository.read(path).split(separator: "\n", omittingEmptySubsequences: false) {
            if let open = fence {
                if line == "```" { close(open, name) }
                fence = line == "```" ? nil : (open.language, open.lines + [line])
            } else if line.hasPrefix("```") {
                fence = (line.dropFirst(3), [])
            } else if let found = line.matches(of: /`([\w-]+\.(?:yaml|eml))`/).last {
                name = String(found.1)
            }
        }
    }

    private mutating func close(_ fence: (language: Substring, lines: [Substring]), _ name: String) {
        guard fence.language == "console" else {
            return blocks.append(.file(name: name, text: fence.lines.map { $0 + "\n" }.joined()))
        }
        for line in fence.lines {
            if line.hasPrefix("$ gatepost ") {
                blocks.append(.command(line.dropFirst(11).split(separator: " ").map(String.init), shown: []))
            } else if case .command(let words, let shown)? = blocks.last {
                blocks[blocks.count - 1] = .command(words, shown: shown + [String(line)])
            }
        }
    }
}

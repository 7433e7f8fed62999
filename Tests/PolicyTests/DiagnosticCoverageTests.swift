import Foundation
import Testing

/// Every sentence with which the sources tell an operator of a mistake is shown by a sample.
struct DiagnosticCoverageTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Where sentences for operators stand.
    private static let folders = [
        "Sources/Policy/Compiler", "Sources/Policy/Attributes", "Sources/PolicyFiles",
        "Sources/GatepostService/Configuration",
    ]

    /// Files of these folders whose sentences are no diagnostics.
    private static let others: Set<String> = [
        // The names of the passes.
        "PolicyCompiler.swift",
        // What a failed test says.
        "PolicyTestRunner.swift", "PolicyTest.swift",
        // The reference of the configuration, and what editors are told.
        "ConfigurationKeys.swift", "Setting.swift", "ConfigurationSchema.swift", "PolicyFileSchema.swift",
        "PolicyFileSchema+Tests.swift",
        // What the log says of a name that was never asked for.
        "AttributeReader+Single.swift",
        "SimulatedMessage.swift", "SimulatedRun.swift",
    ]

    /// Sentences that no sample can show.
    private static let unshown: Set<String> = [
        // Errors that no text is known to cause, and one that takes a file of many megabytes.
        "not valid YAML", "not valid YAML: ", "more than  values in one document",
        // The message of a test that has none.
        "Subject: a message of some sizenn",
        // What the YAML library says, which is told in other words.
        "mapping values are not allowed in this context", "found unknown escape character",
        "did not find expected hexdecimal number", "found character that cannot start any token",
        "did not find expected alphabetic or numeric character", "did not find expected comment or line break",
        "block sequence entries are not allowed in this context", "mapping keys are not allowed in this context",
        "found unexpected ':'", "did not find expected ',' or ']'", "did not find expected ',' or '}'",
        "did not find expected key", "did not find expected '-' indicator", "found unexpected end of stream",
        "could not find expected ':'", "did not find expected node content",
    ]

    /// What the samples show: those of policies, and the rows of tests for what is no text of a policy.
    private static let shown: String = {
        let samples =
            (try? FileManager.default.contentsOfDirectory(atPath: "\(root.path)/Tests/PolicyTests/Diagnostics"))
        let paths =
            (samples ?? []).map { "Tests/PolicyTests/Diagnostics/\($0)" } + [
                "Tests/PolicyFilesTests/DocumentTests.swift", "Tests/PolicyFilesTests/DocumentReaderTests.swift",
                "Tests/PolicyFilesTests/PolicyTestRunnerTests.swift",
                "Tests/GatepostServiceTests/ConfigurationTests.swift",
                "Tests/GatepostServiceTests/TLSConfigurationTests.swift",
                "Tests/GatepostServiceTests/LoginConfigurationTests.swift",
                "Tests/GatepostServiceTests/IdentityConfigurationTests.swift",
                "Tests/GatepostServiceTests/CommandReportTests.swift",
            ]
        return paths.compactMap { try? String(contentsOf: root.appendingPathComponent($0), encoding: .utf8) }
            .joined(separator: "\n").replacing("\\\"", with: "\"").replacing("\\\\", with: "\\")
            .replacing("\"\n                    + \"", with: "")
    }()

    static let files: [String] = folders.flatMap { folder in
        (try? FileManager.default.contentsOfDirectory(atPath: root.appendingPathComponent(folder).path))?
            .filter { $0.hasSuffix(".swift") && !others.contains($0) }.sorted().map { "\(folder)/\($0)" } ?? []
    }

    @Test("every sentence for operators is shown by a sample", arguments: files)
    func everySentenceIsShown(path: String) throws {
        let source = try String(contentsOf: Self.root.appendingPathComponent(path), encoding: .utf8)
        let lines = Self.shown.components(separatedBy: "\n")
        for literal in SwiftLiterals.all(in: source) where literal.isSentence {
            let isShown = lines.contains { literal.isFound(in: $0) }
            #expect(isShown || Self.unshown.contains(literal.pieces.joined()), "\(literal.pieces)")
        }
    }

    @Test("the files are found")
    func filesExist() {
        #expect(Self.files.count > 40)
        #expect(
            SwiftLiterals.all(in: #"f("a \(g("b c")) d\"", x) // "no""#).map(\.pieces) == [["b c"], ["a ", " d\""]])
    }
}

/// A string literal of Swift source: what stands before, between and behind its interpolations.
struct SwiftLiteral {
    var pieces: [String] = [""]

    /// Whether it is more than a name or a separator.
    var isSentence: Bool {
        let text = pieces.joined()
        return text.contains(" ") && text.count(where: \.isLetter) >= 10
    }

    /// Whether the pieces stand in a line in their order.
    func isFound(in line: String) -> Bool {
        var rest = line[...]
        for piece in pieces where !piece.isEmpty {
            guard let range = rest.range(of: piece) else { return false }
            rest = rest[range.upperBound...]
        }
        return true
    }
}

/// Reads the string literals of Swift source, those within interpolations first.
enum SwiftLiterals {
    static func all(in source: String) -> [SwiftLiteral] {
        var literals: [SwiftLiteral] = []
        for line in source.split(separator: "\n") {
            var rest = line[...]
            while let next = rest.first {
                if rest.hasPrefix("//") { break }
                rest = rest.dropFirst()
                if next == "\"" { rest = read(rest, into: &literals) }
            }
        }
        return literals
    }

    /// Reads a literal behind its opening quote; what stands behind its end.
    private static func read(_ text: Substring, into literals: inout [SwiftLiteral]) -> Substring {
        var literal = SwiftLiteral()
        var rest = text
        while let next = rest.first {
            rest = rest.dropFirst()
            if next == "\"" { break }
            guard next == "\\", let escaped = rest.first else {
                literal.pieces[literal.pieces.count - 1].append(next)
                continue
            }
            rest = rest.dropFirst()
            if escaped == "(" {
                rest = skipInterpolation(rest, into: &literals)
                literal.pieces.append("")
            } else {
                literal.pieces[literal.pieces.count - 1].append(escaped)
            }
        }
        literals.append(literal)
        return rest
    }

    private static func skipInterpolation(_ text: Substring, into literals: inout [SwiftLiteral]) -> Substring {
        var depth = 1
        var rest = text
        while depth > 0, let next = rest.first {
            rest = rest.dropFirst()
            switch next {
            case "(": depth += 1
            case ")": depth -= 1
            case "\"": rest = read(rest, into: &literals)
            default: break
            }
        }
        return rest
    }
}

import Policy
import Yams

/// Turns YAML text into a tree of nodes with their places, and says what is not allowed in it.
///
/// Yams composes; everything that it would pass over in silence (anchors, tags, merge keys) or would report at another
/// place (duplicate keys) is found here.
struct DocumentParser {
    private static let noAnchors =
        "anchors and aliases are not supported; a text that begins with `&` or `*` stands in quotes"

    let path: String
    private(set) var diagnostics: [Diagnostic] = []
    private var keys = DuplicateKeys()
    private var nodeCount = 0
    /// The text that is read, with the marks of duplicate keys.
    private var lines = DocumentLines("")

    init(path: String) {
        self.path = path
    }

    mutating func parse(_ text: String) -> DocumentNode? {
        if let diagnostic = DocumentText.firstForbiddenCharacter(in: text, path: path) {
            diagnostics.append(diagnostic)
            return nil
        }
        var text = text
        while true {
            do {
                // Anchors are held weakly by the nodes and strongly by the parser: it must outlive the walk.
                let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
                lines = DocumentLines(text)
                return try withExtendedLifetime(parser) {
                    guard let root = try parser.singleRoot() else {
                        report(at: nil, "nothing is written here")
                        return nil
                    }
                    return convert(root, depth: 0)
                }
            } catch YamlError.duplicatedKeysInMapping(let names, let context) where keys.canMark {
                guard let marked = keys.mark(line: context.mark.line, column: context.mark.column, in: text) else {
                    report(at: context.mark, "duplicate key `\(names.first ?? "")`")
                    return nil
                }
                text = marked
            } catch {
                report(error, text: text)
                return nil
            }
        }
    }

    private mutating func convert(_ node: Node, depth: Int) -> DocumentNode? {
        let location = location(node.mark)
        nodeCount += 1
        guard depth < DocumentLimits.depth else {
            report(at: node.mark, "nested deeper than \(DocumentLimits.depth) levels")
            return nil
        }
        guard nodeCount <= DocumentLimits.nodes else {
            if nodeCount == DocumentLimits.nodes + 1 {
                report(at: node.mark, "more than \(DocumentLimits.nodes) values in one document")
            }
            return nil
        }
        guard node.anchor == nil else {
            report(at: node.mark, Self.noAnchors)
            return nil
        }
        checkTag(of: node)
        switch node {
        case .scalar(let scalar):
            return DocumentNode(.scalar(convert(scalar, at: node.mark)), at: location)
        case .sequence(let sequence):
            var converted = DocumentNode(.sequence(sequence.compactMap { convert($0, depth: depth + 1) }), at: location)
            converted.isInBrackets = node.mark.map { lines.character($0.line, $0.column) == "[" } ?? false
            return converted
        case .mapping(let mapping):
            return DocumentNode(.mapping(convert(mapping, depth: depth)), at: location)
        case .alias:
            report(at: node.mark, Self.noAnchors)
            return nil
        }
    }

    private func convert(_ scalar: Node.Scalar, at mark: Mark?) -> DocumentScalar {
        var converted = DocumentScalar(scalar.string, style: scalar.style.documentStyle)
        if converted.style == .plain, let mark {
            converted.comment = lines.comment(behind: scalar.string, at: mark.line, mark.column)
        }
        return converted
    }

    private mutating func convert(_ mapping: Node.Mapping, depth: Int) -> DocumentMapping {
        var entries: [DocumentMapping.Entry] = []
        var places: [String: SourceLocation] = [:]
        for (key, value) in mapping {
            guard let name = keyText(key) else { continue }
            let location = location(key.mark)
            if let first = places[name] {
                report(at: key.mark, "duplicate key `\(name)`; first given in line \(first.line)")
                continue
            }
            places[name] = location
            guard var value = convert(value, depth: depth + 1) else { continue }
            if value.isMissing, isBare(key) { value.location = location }
            entries.append(.init(key: Located(name, at: location), value: value))
        }
        return DocumentMapping(entries)
    }

    /// Whether no colon stands behind a key, as in `{ a: b, c }`. What is missing there is placed at the key itself.
    private func isBare(_ key: Node) -> Bool {
        guard let mark = key.mark, let scalar = key.scalar, scalar.style == .plain else { return false }
        let rest = lines.line(mark.line).dropFirst(mark.column - 1 + scalar.string.unicodeScalars.count)
        let next = rest.first { $0 != " " }
        return next == "}" || next == ","
    }

    /// The text of a key, or nil when it is none.
    private mutating func keyText(_ key: Node) -> String? {
        guard case .scalar(let scalar) = key else {
            report(at: key.mark, "a key must be a word")
            return nil
        }
        guard key.anchor == nil else {
            report(at: key.mark, Self.noAnchors)
            return nil
        }
        let text = keys.unmarked(scalar.string, at: location(key.mark))
        let written = DocumentScalar(text, style: scalar.style.documentStyle)
        guard !written.isMissing else {
            report(at: key.mark, "a key is missing before `:`")
            return nil
        }
        guard text != "<<" || written.style != .plain else {
            report(at: key.mark, "merge keys are not supported")
            return nil
        }
        return text
    }

    /// Nothing but the tags that say what a node is anyway.
    private mutating func checkTag(of node: Node) {
        let implied = ["", "tag:yaml.org,2002:str", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"]
        let tag = node.tag.description
        guard !implied.contains(tag) else { return }
        report(at: node.mark, "tags are not supported; found `\(tag)`; a text that begins with `!` stands in quotes")
    }

    private mutating func report(_ error: any Error, text: String) {
        switch error {
        case YamlError.scanner(let context, let problem, let mark, _),
            YamlError.parser(let context, let problem, let mark, _):
            let problem = DocumentProblem(problem, context, at: mark, in: text)
            report(at: problem.place, problem.message)
        case YamlError.composer(_, let problem, let mark, _):
            let isAlias = problem.contains("alias")
            report(at: mark, isAlias ? Self.noAnchors : "a file holds one document; a second one starts here")
        case YamlError.reader(let problem, _, _, _):
            report(at: nil, "not valid YAML: \(problem)")
        case YamlError.duplicatedKeysInMapping(let names, let context):
            report(at: context.mark, "duplicate key `\(names.first ?? "")`, after many others")
        default:
            report(at: nil, "not valid YAML")
        }
    }

    private mutating func report(at mark: Mark?, _ message: String) {
        let diagnostic = Diagnostic.error(at: location(mark), message)
        if !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
    }

    private func location(_ mark: Mark?) -> SourceLocation {
        guard let mark else { return SourceLocation(file: path, line: 1, column: 1) }
        return SourceLocation(file: path, line: mark.line, column: keys.originalColumn(mark.line, mark.column))
    }
}

extension Node.Scalar.Style {
    fileprivate var documentStyle: DocumentScalar.Style {
        switch self {
        case .any, .plain: .plain
        case .singleQuoted, .doubleQuoted: .quoted
        case .literal, .folded: .block
        }
    }
}

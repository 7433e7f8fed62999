import Patterns

/// Reads texts with places: `{attribute}`, those of `TextPlace`, `{match.1}`, `{match.name}`.
///
///     text  = *( char / "{{" / place )
///     place = "{" name "}"
///
/// `{{` stands for a brace; a closing brace outside of a place stands for itself.
struct TemplateReader {
    let compilation: Compilation
    let rule: RuleDraft
    /// What the names of the rule and its policy may hold in this text.
    var clean: (String) -> String = PeerText.forHeader
    /// Whether the text may have several lines.
    var allowsLines = false

    /// The text, or nil with a diagnostic.
    func read(_ text: Located<String>) -> TextTemplate? {
        guard let pieces = pieces(text, keepsGroups: false) else { return nil }
        let segments = pieces.map { piece in
            switch piece {
            case .literal(let literal), .name(let literal): TextTemplate.Segment.literal(literal)
            case .place(let segment): segment
            }
        }
        return TextTemplate(segments)
    }

    /// The replacement of a pattern, in which `$1` and `${name}` are groups; nil with a diagnostic.
    func readReplacement(_ text: Located<String>, for pattern: Pattern) -> Replacement? {
        guard let pieces = pieces(text, keepsGroups: true) else { return nil }
        do {
            let segments = try pieces.map { piece throws(PatternError) in
                switch piece {
                case .literal(let literal):
                    Replacement.Segment.replacement(try PatternReplacement(literal, for: pattern))
                case .name(let name): Replacement.Segment.resolved(name)
                case .place(let segment): Replacement.Segment.place(segment)
                }
            }
            return Replacement(segments: segments)
        } catch {
            compilation.error(at: text.location, "`replace: \(text.value)`: \(error.message)")
            return nil
        }
    }

    private enum Piece {
        case literal(String)
        /// The name of the rule or of its policy.
        case name(String)
        case place(TextTemplate.Segment)
    }

    /// The text cut at its places. With `keepsGroups` what begins with `$` is left as it is.
    private func pieces(_ text: Located<String>, keepsGroups: Bool) -> [Piece]? {
        guard text.value.unicodeScalars.allSatisfy({ Self.isPrintable($0) || (allowsLines && $0 == "\n") }) else {
            compilation.error(at: text.location, "the text holds a control character or a line end")
            return nil
        }
        var pieces: [Piece] = []
        var literal = ""
        var isSound = true
        var rest = text.value[...]
        while let next = rest.first {
            if keepsGroups, next == "$" {
                let count = rest.dropFirst().first == "$" ? 2 : Self.groupCount(rest)
                literal += rest.prefix(count)
                rest = rest.dropFirst(count)
            } else if rest.hasPrefix("{{") {
                literal.append("{")
                rest = rest.dropFirst(2)
            } else if next == "{" {
                guard let end = rest.firstIndex(of: "}") else {
                    compilation.error(at: text.location, "`{` without its `}`; a brace is written `{{`")
                    return nil
                }
                if !literal.isEmpty { pieces.append(.literal(literal)) }
                literal = ""
                if let piece = place(String(rest[rest.index(after: rest.startIndex)..<end]), in: text) {
                    pieces.append(piece)
                } else {
                    isSound = false
                }
                rest = rest[rest.index(after: end)...]
            } else {
                literal.append(next)
                rest = rest.dropFirst()
            }
        }
        if !literal.isEmpty { pieces.append(.literal(literal)) }
        return isSound ? pieces : nil
    }

    /// The length of `${name}` at the start of a text; 1 for anything else that begins with `$`.
    private static func groupCount(_ text: Substring) -> Int {
        guard text.hasPrefix("${"), let end = text.firstIndex(of: "}") else { return 1 }
        return text.distance(from: text.startIndex, to: end) + 1
    }

    /// What a name in braces stands for.
    private func place(_ name: String, in text: Located<String>) -> Piece? {
        switch TextPlace(rawValue: name) {
        case .rule: return .name(clean(rule.source.name.value))
        case .policy: return .name(clean(rule.policy))
        case let place?: return .place(.place(place))
        case nil: break
        }
        if name.hasPrefix("match.") { return group(String(name.dropFirst("match.".count)), in: text) }
        switch AttributeNames.resolve(name, in: compilation) {
        case .success(let traits):
            rule.placeholders.append(AttributeUse(name: name, traits: traits, location: text.location))
            return .place(.attribute(traits.attribute))
        case .failure(.unknown):
            let known = AttributeNames.all + TextPlace.allCases.map(\.rawValue) + ["match.1"]
            compilation.error(
                at: text.location,
                "unknown placeholder `{\(name)}`; a brace is written `{{`" + NearestName.hint(name, among: known)
            )
        case .failure(let problem):
            compilation.error(at: text.location, problem.message(hint: "") + ", in the placeholder `{\(name)}`")
        }
        return nil
    }

    /// A group of the patterns of the rule's conditions.
    private func group(_ name: String, in text: Located<String>) -> Piece? {
        rule.usesGroups = true
        if let number = Int(name), number >= 0 {
            if rule.groupPatterns.contains(where: { number <= $0.captureCount }) { return .place(.group(number)) }
        } else if rule.groupPatterns.contains(where: { $0.names.contains(name) }) {
            return .place(.namedGroup(name))
        }
        let known = rule.groupPatterns.flatMap(\.names)
        compilation.error(
            at: text.location,
            "`{match.\(name)}` stands for nothing: no pattern of the rule's conditions has this group"
                + NearestName.hint(name, among: known)
        )
        return nil
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        PeerText.isVisible(scalar) || scalar.properties.generalCategory == .format
    }
}

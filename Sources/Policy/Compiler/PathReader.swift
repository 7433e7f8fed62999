import Patterns
import SMTPProtocol

/// Reads the paths that rules give: `user@example.com`, `<>`, `{recipient.local}@archive.example`.
///
/// What has no places is checked at once; the rest as far as it is fixed.
struct PathReader<Path: EnvelopePath> {
    let compilation: Compilation
    let rule: RuleDraft
    let action: ActionName

    /// The path, or nil with a diagnostic.
    func read(_ text: Located<String>) -> PathTemplate<Path>? {
        let bare = Located(Self.withoutBrackets(text.value), at: text.location)
        guard let template = TemplateReader(compilation: compilation, rule: rule, clean: { $0 }).read(bare) else {
            return nil
        }
        if let literal = template.literal {
            if let path = Path(literal) { return .fixed(path) }
            return refuse(text)
        }
        switch template.splitAtLastAt() {
        case nil: return .whole(template)
        case (let localPart, let domain)?:
            guard localPart.literals.allSatisfy({ !$0.contains("@") }) else { return refuse(text) }
            if let literal = domain.literal, Path("user@\(literal)") == nil { return refuse(text) }
            return .mailbox(localPart: localPart, domain: domain)
        }
    }

    private func refuse(_ text: Located<String>) -> PathTemplate<Path>? {
        compilation.error(
            at: text.location, "`\(action.rawValue)`: `\(text.value)` is not an address; expected \(Path.form)"
        )
        return nil
    }

    /// A path in its angle brackets without them, save `<>`.
    private static func withoutBrackets(_ text: String) -> String {
        text.count > 2 && text.hasPrefix("<") && text.hasSuffix(">") ? String(text.dropFirst().dropLast()) : text
    }
}

extension TextTemplate {
    /// The fixed pieces of the text.
    fileprivate var literals: [String] {
        segments.compactMap { segment in
            if case .literal(let literal) = segment { literal } else { nil }
        }
    }

    /// The text when it has no places.
    fileprivate var literal: String? {
        literals.count == segments.count ? literals.joined() : nil
    }

    /// The texts before and behind the last `@` that is written in the text itself.
    fileprivate func splitAtLastAt() -> (TextTemplate, TextTemplate)? {
        for (index, segment) in segments.enumerated().reversed() {
            guard case .literal(let literal) = segment, let at = literal.lastIndex(of: "@") else { continue }
            let before = segments[..<index] + [.literal(String(literal[..<at]))]
            let behind = [.literal(String(literal[literal.index(after: at)...]))] + segments[(index + 1)...]
            return (TextTemplate(before.filter { !$0.isEmpty }), TextTemplate(behind.filter { !$0.isEmpty }))
        }
        return nil
    }
}

extension TextTemplate.Segment {
    fileprivate var isEmpty: Bool { self == .literal("") }
}

import MailMessage

/// Reads what stands behind the name of an action.
struct ArgumentReader {
    let compilation: Compilation
    let rule: RuleDraft
    let action: ActionName

    /// An action like `accept` takes nothing, or `true`.
    func requireNone(_ value: SourceValue) -> Bool {
        switch value {
        case .nothing: return true
        case .scalar(let text) where text.value == "true": return true
        default:
            compilation.error(at: value.location, "`\(action.rawValue)` takes no argument")
            return false
        }
    }

    /// A single text that is not empty.
    func scalar(_ value: SourceValue) -> Located<String>? {
        if case .scalar(let text) = value, !text.value.isEmpty {
            guard OperandReader.flag(text.value) == nil else {
                compilation.error(at: text.location, "`\(action.rawValue)` expects a text, not `\(text.value)`")
                return nil
            }
            return text
        }
        compilation.error(at: value.location, "`\(action.rawValue)` expects a text")
        return nil
    }

    /// A text with places in braces.
    func text(_ value: SourceValue) -> TextTemplate? {
        scalar(value).flatMap { TemplateReader(compilation: compilation, rule: rule).read($0) }
    }

    /// One name or several.
    func names(_ value: SourceValue, of subject: String) -> [Located<String>]? {
        var names: [Located<String>] = []
        switch value {
        case .scalar(let name) where !name.value.isEmpty:
            return [name]
        case .sequence(let values, _) where !values.isEmpty:
            for value in values {
                guard case .scalar(let name) = value else { break }
                names.append(name)
            }
            if names.count == values.count { return names }
            fallthrough
        default:
            compilation.error(at: value.location, "`\(action.rawValue)` expects \(subject), or several in brackets")
            return nil
        }
    }

    /// Names of tags: letters, digits, `-`, `_` and `.`.
    func tags(_ value: SourceValue) -> [Located<String>]? {
        guard let tags = names(value, of: "the name of a tag") else { return nil }
        for tag in tags where !Self.isName(tag.value) {
            compilation.error(
                at: tag.location, "`\(tag.value)` is not a name for a tag; expected letters, digits, `-`, `_` and `.`"
            )
        }
        return tags
    }

    /// EHLO keywords that can be hidden, upper-cased.
    func keywords(_ value: SourceValue) -> [String]? {
        guard let keywords = names(value, of: "an EHLO keyword") else { return nil }
        for keyword in keywords where !HidableKeyword.all.contains(keyword.value.uppercased()) {
            compilation.error(
                at: keyword.location,
                "unknown EHLO keyword `\(keyword.value)`" + NearestName.hint(keyword.value, among: HidableKeyword.all)
            )
        }
        return keywords.map { $0.value.uppercased() }
    }

    /// Header fields with the texts to give them.
    func headerTexts(_ value: SourceValue) -> [(name: String, text: TextTemplate)]? {
        guard case .mapping(let pairs, _) = value, !pairs.isEmpty else {
            compilation.error(
                at: value.location,
                "`\(action.rawValue)` expects a header field with its value, such as `{ X-Site: a }`"
            )
            return nil
        }
        return pairs.compactMap { pair in
            let name = headerName(pair.key)
            guard case .scalar(let text) = pair.value else {
                compilation.error(
                    at: pair.value.location, "the header field `\(pair.key.value)` expects a text" + pair.commaHint
                )
                return nil
            }
            let template = TemplateReader(compilation: compilation, rule: rule).read(text)
            guard let name, let template else { return nil }
            return (name, template)
        }
    }

    /// `remove-header`: names, a name and the pattern that the value must hold, or the pattern that the whole field
    /// must hold.
    func removals(_ value: SourceValue) -> [Action]? {
        guard case .mapping(let pairs, let location) = value else {
            return names(value, of: "the name of a header field")?.compactMap { name in
                headerName(name).map { .removeHeader(name: $0, matching: nil) }
            }
        }
        if pairs.contains(where: { $0.key.value == "field" }) {
            let fields = keyed(pairs, at: location, required: ["field"], optional: [])
            return fields["field"].flatMap { PatternReader.read($0, compilation) }.map { [.removeField($0)] }
        }
        let fields = keyed(pairs, at: location, required: ["name"], optional: ["matches"])
        let pattern = fields["matches"].flatMap { PatternReader.read($0, compilation) }
        guard let name = fields["name"].flatMap(headerName) else { return nil }
        if fields["matches"] != nil, pattern == nil { return nil }
        return [.removeHeader(name: name, matching: pattern)]
    }

    /// `rewrite-header`: a name, the pattern to find in the value, and what takes its place; or the pattern to find in
    /// the whole field, and the field that takes its place.
    func rewrite(_ value: SourceValue) -> Action? {
        guard case .mapping(let pairs, let location) = value else {
            compilation.error(at: value.location, "`rewrite-header` expects `{ name: …, match: …, replace: … }`")
            return nil
        }
        let isForField = pairs.contains { $0.key.value == "field" }
        let required = isForField ? ["field", "replace"] : ["name", "match", "replace"]
        let fields = keyed(pairs, at: location, required: required, optional: [])
        let name = isForField ? nil : fields["name"].flatMap(headerName)
        let place = fields[isForField ? "field" : "match"]
        guard let pattern = place.flatMap({ PatternReader.read($0, compilation) }) else { return nil }
        let replacement = fields["replace"].flatMap { text in
            TemplateReader(compilation: compilation, rule: rule).readReplacement(text, for: pattern)
        }
        if isForField { return replacement.map { .replaceField(pattern, $0) } }
        guard let name, let replacement else { return nil }
        return .rewriteHeader(name: name, pattern, replacement)
    }

    private func headerName(_ name: Located<String>) -> String? {
        if HeaderName.isValid(name.value) { return name.value }
        compilation.error(at: name.location, "`\(name.value)` is not the name of a header field")
        return nil
    }

    /// The scalars behind known keys, with diagnostics for other keys and for what is missing; `lists` are keys that
    /// somebody else reads.
    func keyed(
        _ pairs: [SourcePair],
        at location: SourceLocation,
        required: [String],
        optional: [String],
        lists: [String] = []
    ) -> [String: Located<String>] {
        let known = required + lists + optional
        var fields: [String: Located<String>] = [:]
        for pair in pairs where !lists.contains(pair.key.value) {
            if !known.contains(pair.key.value) {
                compilation.error(
                    at: pair.key.location,
                    "unknown key `\(pair.key.value)` of `\(action.rawValue)`; expected "
                        + known.map { "`\($0)`" }.joined(separator: ", ") + pair.commaHint
                        + NearestName.hint(pair.key.value, among: known)
                )
            } else if case .scalar(let text) = pair.value {
                fields[pair.key.value] = text
            } else {
                compilation.error(at: pair.value.location, "`\(pair.key.value)` expects a text")
            }
        }
        for key in required where !pairs.contains(where: { $0.key.value == key }) {
            compilation.error(at: location, "`\(action.rawValue)` expects `\(key)`")
        }
        return fields
    }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 64
            && text.unicodeScalars.allSatisfy { scalar in
                scalar.isASCII
                    && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                        || "-_.".unicodeScalars.contains(scalar))
            }
    }
}

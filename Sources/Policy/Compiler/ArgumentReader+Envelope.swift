/// What stands behind the actions that edit the envelope or wait.
extension ArgumentReader {
    /// A path, with places in braces.
    func path<Path: EnvelopePath>(_ value: SourceValue, of kind: Path.Type = Path.self) -> PathTemplate<Path>? {
        guard case .scalar(let text) = value, !text.value.isEmpty else {
            compilation.error(at: value.location, "`\(action.rawValue)` expects \(Path.form)")
            return nil
        }
        return PathReader<Path>(compilation: compilation, rule: rule, action: action).read(text)
    }

    /// One recipient, or several in brackets.
    func additions(_ value: SourceValue) -> [Action]? {
        guard let texts = names(value, of: "an address such as `user@example.com`") else { return nil }
        return texts.compactMap { text in
            path(.scalar(text)).map { .envelope(.addRecipient($0)) }
        }
    }

    /// The pattern to find in the address, and what takes its place.
    func pathRewrite(_ value: SourceValue) -> PathRewrite? {
        guard case .mapping(let pairs, let location) = value else {
            compilation.error(at: value.location, "`\(action.rawValue)` expects `{ match: …, replace: … }`")
            return nil
        }
        let fields = keyed(pairs, at: location, required: ["match", "replace"], optional: [])
        guard let pattern = fields["match"].flatMap({ PatternReader.read($0, compilation) }) else { return nil }
        let replacement = fields["replace"].flatMap { text in
            TemplateReader(compilation: compilation, rule: rule, clean: { $0 }).readReplacement(text, for: pattern)
        }
        return replacement.map { PathRewrite(pattern: pattern, replacement: $0) }
    }

    /// How long a client waits.
    func wait(_ value: SourceValue) -> Duration? {
        let longest = DurationText.print(DelayLimit.longest)
        guard case .scalar(let text) = value, let duration = DurationText.parse(text.value), duration > .zero else {
            compilation.error(
                at: value.location, "`\(action.rawValue)` expects a duration such as `10s`, at most `\(longest)`"
            )
            return nil
        }
        if duration <= DelayLimit.longest { return duration }
        compilation.error(
            at: text.location,
            "`\(action.rawValue)` is at most `\(longest)`: a client gives up after five minutes [RFC 5321, 4.5.3.2]"
        )
        return nil
    }
}

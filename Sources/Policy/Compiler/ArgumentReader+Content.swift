import MailMessage
import Patterns

extension ArgumentReader {
    /// `7bit`, or `{ to: 7bit, signed: true }`.
    func downgrade(_ value: SourceValue) -> Action? {
        var fields: [String: Located<String>] = [:]
        switch value {
        case .scalar(let text): fields["to"] = text
        case .mapping(let pairs, let location):
            fields = keyed(pairs, at: location, required: [], optional: ["to", "signed"])
            fields["to"] = fields["to"] ?? Located(TransferEncoding.sevenBit.rawValue, at: location)
        case .sequence, .nothing: break
        }
        guard let target = fields["to"], target.value.lowercased() == TransferEncoding.sevenBit.rawValue else {
            compilation.error(at: value.location, "`downgrade` expects `7bit`, or `{ to: 7bit, signed: true }`")
            return nil
        }
        return .downgrade(breakingSignatures: changesSigned(fields))
    }

    /// What the attachments are that go.
    func stripping(_ value: SourceValue) -> Action? {
        guard case .mapping(let pairs, let location) = value else {
            compilation.error(
                at: value.location,
                "`strip-attachment` expects what to remove, such as `{ extension: [exe, js] }`"
            )
            return nil
        }
        let fields = keyed(
            pairs, at: location, required: [], optional: ["name", "over", "text", "signed"],
            lists: ["extension", "type"])
        var selection = AttachmentSelection()
        selection.name = fields["name"].flatMap { PatternReader.read($0, compilation) }
        selection.extensions = list("extension", pairs).map {
            $0.map { $0.hasPrefix(".") ? String($0.dropFirst()) : $0 }
        }
        selection.types = list("type", pairs)
        selection.over = fields["over"].flatMap(size)
        selection.text = fields["text"].flatMap(lines)
        selection.changesSigned = changesSigned(fields)
        let asksNothing = !pairs.contains { ["name", "extension", "type", "over"].contains($0.key.value) }
        if asksNothing {
            compilation.error(
                at: location, "`strip-attachment` expects at least one of `name`, `extension`, `type` and `over`")
        }
        return .stripAttachment(selection)
    }

    /// A text, or `{ text, html, signed }`.
    func appending(_ value: SourceValue) -> Action? {
        guard case .mapping(let pairs, let location) = value else {
            return scalar(value).flatMap(lines).map { .appendText(FooterText(text: $0)) }
        }
        let fields = keyed(pairs, at: location, required: ["text"], optional: ["html", "signed"])
        let html = fields["html"].flatMap(lines)
        let signed = changesSigned(fields)
        guard let text = fields["text"].flatMap(lines) else { return nil }
        return .appendText(FooterText(text: text, html: html, changesSigned: signed))
    }

    /// A text that may have several lines.
    private func lines(_ text: Located<String>) -> TextTemplate? {
        if text.value.allSatisfy(\.isWhitespace) {
            compilation.error(at: text.location, "`\(action.rawValue)` expects a text")
            return nil
        }
        return TemplateReader(compilation: compilation, rule: rule, allowsLines: true).read(text)
    }

    private func list(_ key: String, _ pairs: [SourcePair]) -> [String]? {
        guard let pair = pairs.first(where: { $0.key.value == key }) else { return nil }
        return names(pair.value, of: "the \(key) of an attachment")?.map { $0.value.lowercased() }
    }

    private func size(_ text: Located<String>) -> Int? {
        if let size = ByteSize.parse(text.value) { return size }
        compilation.error(
            at: text.location, "`over: \(text.value)` is no size; expected \(AttributeKind.size.expectation)")
        return nil
    }

    /// Whether `signed: true` is written, which is said to have its price.
    private func changesSigned(_ fields: [String: Located<String>]) -> Bool {
        guard let text = fields["signed"] else { return false }
        guard let flag = OperandReader.flag(text.value) else {
            compilation.error(at: text.location, "`signed` expects `true` or `false`")
            return false
        }
        if flag {
            compilation.warning(
                at: text.location,
                "`\(action.rawValue)` changes signed messages too: their signatures do not hold where they arrive"
            )
        }
        return flag
    }
}

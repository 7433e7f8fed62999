import Patterns

extension Action {
    /// What the action does, as one line for the log and for `explain`.
    func effect(_ reader: inout AttributeReader, _ facts: Facts, match: PatternMatch?) -> String {
        func text(_ template: TextTemplate) -> String {
            template.render(&reader, facts, match: match, clean: PeerText.forLog)
        }
        switch self {
        case .accept: return "accept"
        case .refuse(let reply):
            let name = reply.code.rawValue < 500 ? "defer" : "reject"
            return "\(name) \(reply.render(&reader, facts, match: match))"
        case .disconnect(let reply): return "disconnect \(reply.render(&reader, facts, match: match))"
        case .reply(let reply): return "reply \(reply.render(&reader, facts, match: match))"
        case .hide(let keywords): return "hide " + keywords.joined(separator: ", ")
        case .addHeader(let name, let value): return "add-header \(name): \(text(value))"
        case .setHeader(let name, let value): return "set-header \(name): \(text(value))"
        case .removeHeader(let name, nil): return "remove-header \(name)"
        case .removeHeader(let name, let pattern?): return "remove-header \(name) matching `\(pattern.source)`"
        case .rewriteHeader(let name, let pattern, _): return "rewrite-header \(name) matching `\(pattern.source)`"
        case .removeField(let pattern): return "remove-header of any name matching `\(pattern.source)`"
        case .replaceField(let pattern, _): return "rewrite-header of any name matching `\(pattern.source)`"
        case .prefixSubject(let prefix): return "prefix-subject \(text(prefix))"
        case .downgrade: return "downgrade 7bit"
        case .stripAttachment(let selection): return "strip-attachment " + selection.effect(facts)
        case .appendText(let footer): return "append-text \(text(footer.text))"
        case .envelope(let edit): return edit.effect(&reader, facts, match: match)
        case .discard: return "discard"
        case .delay(let duration): return "delay \(DurationText.print(duration))"
        case .require(.tls): return "require-tls"
        case .require(.authentication): return "require-auth"
        case .tag(let tag): return "tag \(tag)"
        case .log(let line): return "log \(text(line))"
        }
    }
}

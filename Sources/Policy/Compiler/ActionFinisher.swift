import SMTPProtocol

/// Completes actions with what depends on their rule's stage: the codes of replies that give none.
enum ActionFinisher {
    static func run(_ compilation: Compilation) {
        for rule in compilation.rules {
            let actions = rule.actions.filter { $0.name.stages.contains(rule.stage) }
            rule.finished = actions.flatMap { finish($0, rule, compilation) }
        }
    }

    private static func finish(_ action: ActionDraft, _ rule: RuleDraft, _ compilation: Compilation) -> [Action] {
        switch action.content {
        case .ready(let actions): return actions
        case .tag(let tags): return tags.map { .tag($0.value) }
        case .reply(let draft):
            guard let reply = complete(draft, action.name, at: rule.stage) else { return [] }
            if action.name == .defer, reply.code.rawValue == 421, rule.stage != .connect {
                compilation.error(
                    at: draft.location,
                    "421 ends the session; use `disconnect`, or another code from 400 to 499"
                )
            }
            return switch action.name {
            case .reply: [.reply(reply)]
            case .disconnect: [.disconnect(reply)]
            default: [.refuse(reply)]
            }
        }
    }

    /// The reply with the standard codes of its stage in the place of those that are not given.
    private static func complete(_ draft: ReplyDraft, _ action: ActionName, at stage: Stage) -> ReplyTemplate? {
        let standard = StandardReply.codes(action, at: stage)
        if let code = draft.code {
            let enhanced = draft.enhancedStatusCode ?? StandardReply.enhancedStatusCode(for: code)
            return ReplyTemplate(code: code, enhancedStatusCode: enhanced, text: draft.text)
        }
        guard let standard, let code = ReplyCode(rawValue: standard.code) else { return nil }
        let enhanced = draft.enhancedStatusCode ?? EnhancedStatusCode(standard.enhanced)
        return ReplyTemplate(code: code, enhancedStatusCode: enhanced, text: draft.text)
    }
}

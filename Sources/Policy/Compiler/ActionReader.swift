import MailMessage

/// Reads `then` of a rule: an action, or a sequence of actions.
struct ActionReader {
    let compilation: Compilation
    let rule: RuleDraft

    mutating func read() {
        guard let then = rule.source.then, !then.isEmpty else {
            let place = rule.source.then?.location ?? rule.location
            compilation.error(
                at: place, "the rule `\(rule.source.name.value)` does nothing; expected `then` with an action"
            )
            return
        }
        if case .sequence(let actions, _) = then {
            for action in actions { readEntry(action) }
        } else {
            readEntry(then)
        }
        refuseSecondTerminal()
        refuseVainAddition()
    }

    /// A mapping from an action to its argument, or the name of an action that takes none.
    private mutating func readEntry(_ value: SourceValue) {
        switch value {
        case .scalar(let name):
            readAction(SourcePair(key: name, value: .nothing(at: name.location)))
        case .mapping(let pairs, _):
            for pair in pairs { readAction(pair) }
        case .sequence(_, let location), .nothing(let location):
            compilation.error(at: location, "expected an action, such as `{ tag: bulk }`")
        }
    }

    private mutating func readAction(_ pair: SourcePair) {
        guard let name = ActionName(rawValue: pair.key.value) else {
            compilation.error(at: pair.key.location, unknown(pair))
            return
        }
        guard let content = content(of: name, pair.value) else { return }
        rule.actions.append(ActionDraft(name: name, location: pair.key.location, content: content))
    }

    private func unknown(_ pair: SourcePair) -> String {
        let name = pair.key.value
        if ActionName.notAvailable.contains(name) { return "`\(name)` is not available in this version" }
        let hint = NearestName.hint(name, among: ActionName.allCases.map(\.rawValue))
        return "unknown action `\(name)`" + (hint.isEmpty ? pair.commaHint : hint)
    }

    private func content(of name: ActionName, _ value: SourceValue) -> ActionDraft.Content? {
        let arguments = ArgumentReader(compilation: compilation, rule: rule, action: name)
        switch name {
        case .accept:
            return arguments.requireNone(value) ? .ready([.accept]) : nil
        case .reject, .defer, .disconnect, .reply:
            return arguments.scalar(value).flatMap {
                ReplyReader(compilation: compilation, rule: rule, action: name).read($0)
            }.map(ActionDraft.Content.reply)
        case .discard:
            return arguments.requireNone(value) ? .ready([.discard]) : nil
        case .requireTLS:
            return arguments.requireNone(value) ? .ready([.require(.tls)]) : nil
        case .requireAuth:
            return arguments.requireNone(value) ? .ready([.require(.authentication)]) : nil
        case .setSender, .rewriteSender, .setRecipient, .rewriteRecipient, .addRecipient, .dropRecipient:
            return envelopeEdits(name, value, arguments).map(ActionDraft.Content.ready)
        case .delay:
            return arguments.wait(value).map { .ready([.delay($0)]) }
        case .hide:
            return arguments.keywords(value).map { .ready([.hide($0)]) }
        case .addHeader:
            return arguments.headerTexts(value).map { .ready($0.map { .addHeader(name: $0.name, $0.text) }) }
        case .setHeader:
            return arguments.headerTexts(value).map { .ready($0.map { .setHeader(name: $0.name, $0.text) }) }
        case .removeHeader:
            return arguments.removals(value).map(ActionDraft.Content.ready)
        case .rewriteHeader:
            return arguments.rewrite(value).map { .ready([$0]) }
        case .prefixSubject:
            return arguments.text(value).map { .ready([.prefixSubject($0)]) }
        case .downgrade:
            return arguments.downgrade(value).map { .ready([$0]) }
        case .stripAttachment:
            return arguments.stripping(value).map { .ready([$0]) }
        case .appendText:
            return arguments.appending(value).map { .ready([$0]) }
        case .tag:
            return arguments.tags(value).map(ActionDraft.Content.tag)
        case .log:
            return arguments.text(value).map { .ready([.log($0)]) }
        }
    }

    private func envelopeEdits(_ name: ActionName, _ value: SourceValue, _ arguments: ArgumentReader) -> [Action]? {
        switch name {
        case .setSender: arguments.path(value).map { [.envelope(.setSender($0))] }
        case .rewriteSender: arguments.pathRewrite(value).map { [.envelope(.rewriteSender($0))] }
        case .setRecipient: arguments.path(value).map { [.envelope(.setRecipient($0))] }
        case .rewriteRecipient: arguments.pathRewrite(value).map { [.envelope(.rewriteRecipient($0))] }
        case .addRecipient: arguments.additions(value)
        case .dropRecipient: arguments.requireNone(value) ? [.envelope(.dropRecipient)] : nil
        default: nil
        }
    }

    /// A recipient that is added where all is thrown away gets nothing, which nobody means who writes it.
    private func refuseVainAddition() {
        guard rule.actions.contains(where: { $0.name == .discard }) else { return }
        for action in rule.actions where action.name == .addRecipient {
            compilation.error(
                at: action.location,
                "`add-recipient` does nothing beside `discard`, which passes nothing on; "
                    + "`drop-recipient` takes a recipient out and leaves those that are added"
            )
        }
    }

    private func refuseSecondTerminal() {
        let terminals = rule.actions.filter(\.name.isTerminal)
        guard let first = terminals.first else { return }
        for second in terminals.dropFirst() {
            compilation.error(
                at: second.location,
                "`\(second.name.rawValue)` is never reached: `\(first.name.rawValue)` ends the stage before it"
            )
        }
    }
}

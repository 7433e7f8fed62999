import MailMessage
import Policy
import SMTPProtocol

/// The recipients of a transaction, from the client's RCPT to the answer.
///
/// Each RCPT of the client's has one answer, in the order in which they came. What rules add goes upstream first, and a
/// recipient follows once its additions are accepted: SMTP cannot take a recipient back, so this is the one order in
/// which neither can have the message without the other. An addition that is refused defers the recipient that asked for
/// it; whatever the upstream said of it is in the record.
///
/// A path that a rule has made can be one that the upstream has heard already. It is not said twice, unless its DSN
/// parameters differ: then the upstream decides.
extension RelaySession {
    /// Takes a recipient that no rule has refused on its way.
    mutating func admit(_ given: ForwardPath, _ parameters: ESMTPParameters, _ changes: EnvelopeChanges) {
        guard let transaction else {
            answer(.badSequence)
            return
        }
        let path = changes.dropsRecipient ? nil : changes.recipient ?? given
        var added = transaction.dueAdditions
        for addition in changes.added where !added.contains(addition) { added.append(addition) }
        let recipient = AwaitedRecipient(
            given: given,
            path: path,
            parameters: parameters,
            additions: added.isEmpty ? added : added.filter { $0 != path }
        )
        let additions = transaction.missing(of: recipient.additions)
        let places = transaction.recipientCount + 1 + additions.count { !transaction.isDue($0) }
        guard places <= settings.limits.recipients else {
            transaction.refuse(given, OwnReply.tooManyRecipients.reply(session: identifier), rule: nil)
            answer(.tooManyRecipients)
            return
        }
        if let trouble = transaction.trouble, recipient.path != nil || !additions.isEmpty {
            server(.answeredLatest(trouble))
            return
        }
        transaction.awaited.append(recipient)
        advanceRecipients()
    }

    /// Answers a recipient with 250 and passes nothing on.
    mutating func discard(_ given: ForwardPath, _ parameters: ESMTPParameters, _ rule: RuleReference) {
        guard transaction != nil else {
            answer(.badSequence)
            return
        }
        transaction?.awaited.append(
            AwaitedRecipient(given: given, path: nil, parameters: parameters, discardedBy: rule)
        )
        advanceRecipients()
    }

    /// Sends what may be sent now, and answers what can be answered.
    mutating func advanceRecipients() {
        while let index = transaction?.awaited.firstIndex(where: \.isHeld), advanceRecipient(at: index) {}
        answerRecipients()
    }

    /// Brings a recipient further; false when it must wait, and with it those behind.
    ///
    /// It waits for the replies to all of its additions, even when one is refused already: so a reply never comes when
    /// the transaction that it belongs to is over.
    private mutating func advanceRecipient(at index: Int) -> Bool {
        guard let transaction, !transaction.asksAdditions else { return false }
        let recipient = transaction.awaited[index]
        let missing = transaction.missing(of: recipient.additions)
        if missing.contains(where: transaction.refusedAdditions.contains) {
            let reply = OwnReply.additionRefused.reply(session: identifier)
            transaction.refuse(recipient.given, reply, rule: nil)
            transaction.awaited[index].progress = .answered(reply)
        } else if transaction.isRefused {
            // Nothing can follow a MAIL that is known to be refused.
            transaction.awaited[index].progress = .answered(OwnReply.badSequence.reply(session: identifier))
        } else if !missing.isEmpty {
            // The client may have named one by itself, and that one's answer is on its way.
            if !missing.contains(where: transaction.isAsked) { ask(upstreamAboutAdditions: missing) }
            return false
        } else if let path = recipient.path {
            let isShared = transaction.hasTwin(of: recipient, before: index)
            transaction.awaited[index].progress = isShared ? .shared : .asked
            guard !isShared else { return true }
            transaction.asked.append(.clients)
            if recipient.isEdited { transaction.hasEditedPaths = true }
            forward(.rcpt(path, recipient.parameters))
        } else {
            transaction.takeOut(recipient)
            let reply = OwnReply.recipientOk.reply(session: identifier)
            transaction.awaited[index].progress = .answered(reply)
        }
        return true
    }

    /// Recipients that rules add. What becomes of their copies is no business of the sender's, who does not know of
    /// them [RFC 3461, 4.1]; so they wait until it is known whether the upstream can be told.
    private mutating func ask(upstreamAboutAdditions paths: [ForwardPath]) {
        guard let capabilities = client.capabilities else { return }
        let notify = capabilities.dsn ? ESMTPParameter("NOTIFY", "NEVER") : nil
        let parameters = ESMTPParameters([notify].compactMap { $0 })
        for path in paths {
            transaction?.asked.append(.addition(path, parameters))
            forward(.rcpt(path, parameters))
        }
    }

    // MARK: Answers

    mutating func recipientAnswered(_ reply: Reply) {
        guard transaction?.asked.isEmpty == false, let asked = transaction?.asked.removeFirst() else { return }
        let isAccepted = reply.code.severity == .positiveCompletion
        switch asked {
        case .addition(let path, let parameters):
            if isAccepted {
                accept(AcceptedRecipient(path: path, parameters: parameters, isEdited: true), .added(path))
            } else {
                let limit = settings.limits.recipients
                transaction?.refuseAddition(path, reply, limit: limit)
            }
        case .clients:
            guard let index = transaction?.awaited.firstIndex(where: \.isAsked),
                let recipient = transaction?.awaited[index], let path = recipient.path
            else { return }
            transaction?.awaited[index].progress = .answered(reply)
            if isAccepted {
                let isEdited = recipient.isEdited
                accept(
                    AcceptedRecipient(path: path, parameters: recipient.parameters, isEdited: isEdited), recipient.edit
                )
            } else {
                transaction?.refuse(recipient.given, reply, rule: nil)
                transaction?.refuseTwins(of: recipient, reply)
            }
        }
        advanceRecipients()
    }

    private mutating func accept(_ recipient: AcceptedRecipient, _ edit: TransactionRecord.RecipientEdit?) {
        transaction?.recipients.append(recipient)
        if recipient.isEdited { transaction?.hasEditedPaths = true }
        if let edit { transaction?.note(edit) }
        facts.recipients.append(recipient.path)
    }

    /// Gives the answers that are due, once MAIL has its own.
    private mutating func answerRecipients() {
        while let transaction, transaction.isAccepted || transaction.isRefused, let first = transaction.awaited.first {
            let reply: Reply
            switch first.progress {
            case .held, .asked: return
            case .answered(let given):
                // Behind a MAIL that the upstream has refused there is nothing to take part in.
                let isVain = transaction.isRefused && !given.isNegative
                reply = isVain ? OwnReply.badSequence.reply(session: identifier) : given
            case .shared:
                // The twin stood before it and is answered: one that was refused has left its reply here.
                reply = OwnReply.recipientOk.reply(session: identifier)
                if let path = first.path { transaction.note(.merged(first.given, with: path)) }
            }
            transaction.awaited.removeFirst()
            forgetRefused()
            server(.answeredOldest(reply))
        }
    }
}

extension Transaction {
    /// Recipients that count towards the limit: those that the client was told are accepted, or may yet be, and those
    /// that rules have added.
    var recipientCount: Int {
        recipients.count + takenOutCount + awaited.count { !$0.isAnswered } + dueCount
    }

    /// Additions that are asked about, or are to be.
    private var dueCount: Int {
        guard awaited.contains(where: { $0.isHeld && !$0.additions.isEmpty }) else { return 0 }
        return Set(awaited.lazy.filter(\.isHeld).flatMap(\.additions)).count { !hasAccepted($0) }
    }

    func isDue(_ addition: ForwardPath) -> Bool {
        awaited.contains { $0.isHeld && $0.additions.contains(addition) }
    }

    func missing(of additions: [ForwardPath]) -> [ForwardPath] {
        additions.isEmpty ? additions : additions.filter { !hasAccepted($0) }
    }

    /// Whether nothing of the message goes to anybody, although the client has been told that recipients are accepted.
    var isEmptied: Bool { recipients.isEmpty && takenOutCount > 0 }

    /// Whether a recipient was refused, by whomever.
    var hasRefusals: Bool { refusedCount > 0 || !refusedAdditions.isEmpty }

    /// Whether replies to additions are awaited.
    var asksAdditions: Bool { asked.contains(where: \.isAddition) }

    private func hasAccepted(_ path: ForwardPath) -> Bool {
        recipients.contains { $0.path == path }
    }

    /// Whether the upstream was asked about a path that the client's own recipient has, and has not answered.
    func isAsked(_ path: ForwardPath) -> Bool {
        awaited.contains { $0.isAsked && $0.path == path }
    }

    /// Whether the upstream was told of a recipient's path before, and one of the two is a rule's doing.
    func hasTwin(of recipient: AwaitedRecipient, before index: Int) -> Bool {
        guard recipient.isEdited || hasEditedPaths else { return false }
        let isAccepted = recipients.contains {
            ($0.isEdited || recipient.isEdited) && $0.path == recipient.path && $0.parameters == recipient.parameters
        }
        return isAccepted || awaited[..<index].contains { $0.isAsked && $0.isTwin(of: recipient) }
    }

    /// Gives a recipient's refusal to those that share its path.
    func refuseTwins(of recipient: AwaitedRecipient, _ reply: Reply) {
        for index in awaited.indices where awaited[index].isShared && awaited[index].isTwin(of: recipient) {
            refuse(awaited[index].given, reply, rule: nil)
            awaited[index].progress = .answered(reply)
        }
    }

    func refuseAddition(_ path: ForwardPath, _ reply: Reply, limit: Int) {
        if refusedAdditions.count < limit { refusedAdditions.insert(path) }
        refuse(path, reply, rule: nil)
    }

    func takeOut(_ recipient: AwaitedRecipient) {
        takenOutCount += 1
        if let edit = recipient.edit { note(edit) }
        discardedBy = recipient.discardedBy ?? discardedBy
    }
}

extension AwaitedRecipient {
    fileprivate var isAnswered: Bool {
        if case .answered = progress { true } else { false }
    }

    fileprivate var isShared: Bool {
        if case .shared = progress { true } else { false }
    }

    fileprivate func isTwin(of other: AwaitedRecipient) -> Bool {
        (isEdited || other.isEdited) && path == other.path && parameters == other.parameters
    }
}

extension AskedRecipient {
    fileprivate var isAddition: Bool {
        if case .addition = self { true } else { false }
    }
}

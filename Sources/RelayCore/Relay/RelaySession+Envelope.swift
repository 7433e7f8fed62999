import MailMessage
import Policy
import SMTPProtocol

extension RelaySession {
    // MARK: MAIL

    mutating func begin(_ path: ReversePath, _ parameters: ESMTPParameters) {
        let isInternational = parameters["SMTPUTF8"] != nil
        let objection: OwnReply? =
            !path.isASCII && (!isInternational || !offer.smtpUTF8)
            ? .nonASCIIAddress
            : offer.objection(toMail: parameters) ?? (exceedsSize(parameters) ? .sizeExceeded : nil)
        transactionCount += 1
        transaction = Transaction(
            identifier: "\(identifier).\(transactionCount)",
            began: now,
            sender: path,
            parameters: parameters
        )
        if let objection {
            record(.mail, objection.reply(session: identifier), source: .proxy)
            clearTransaction()
            answer(objection)
            return
        }
        facts.transactionIdentifier = transaction?.identifier ?? ""
        facts.sender = path
        facts.mailParameters = parameters
        facts.recipient = nil
        facts.recipients.removeAll(keepingCapacity: true)
        facts.header = nil
        facts.content = nil
        facts.structure = nil
        facts.tags = sessionTags
        ask(.mail(path, parameters))
    }

    private func exceedsSize(_ parameters: ESMTPParameters) -> Bool {
        guard let value = parameters["SIZE"]?.value else { return false }
        let limit = offer.sizeLimit
        guard limit > 0 else { return false }
        // Twenty digits may be more than any integer holds.
        return (Int(value) ?? .max) > limit
    }

    // MARK: RCPT

    mutating func add(_ path: ForwardPath, _ parameters: ESMTPParameters) {
        guard let transaction else {
            answer(.badSequence)
            return
        }
        if transaction.recipientCount >= settings.limits.recipients {
            transaction.refuse(path, OwnReply.tooManyRecipients.reply(session: identifier), rule: nil)
            answer(.tooManyRecipients)
            return
        }
        let isInternational = transaction.parameters["SMTPUTF8"] != nil
        if let objection = !path.isASCII && !isInternational
            ? .nonASCIIAddress : offer.objection(toRecipient: parameters)
        {
            transaction.refuse(path, objection.reply(session: identifier), rule: nil)
            answer(objection)
            return
        }
        if transaction.isDiscarded, let rule = transaction.discardedBy {
            discard(path, parameters, rule)
            return
        }
        facts.recipient = path
        facts.recipientParameters = parameters
        ask(.recipient(path, parameters))
    }

    /// Goes on with a sender that no rule has refused.
    mutating func admit(_ path: ReversePath, _ parameters: ESMTPParameters, _ changes: EnvelopeChanges) {
        let sender = changes.sender ?? path
        transaction?.sentSender = sender
        transaction?.dueAdditions = changes.added
        facts.sender = sender
        forward(.mail(sender, vouched(parameters)))
    }

    /// Takes a transaction of which nothing goes upstream.
    mutating func discardTransaction(_ rule: RuleReference) {
        transaction?.isDiscarded = true
        transaction?.isAccepted = true
        transaction?.discardedBy = rule
        answer(.senderOk)
    }

    // MARK: To the upstream

    /// Sends a command, or keeps it until the upstream is ready for it.
    mutating func forward(_ command: consuming Command) {
        guard !hasLostLogin else { return closeWith(.loginLost) }
        if settings.identify != .none, command.verb == .mail || command.verb == .auth {
            client(.client(clientDescription))
        }
        guard client.state == .ready, client.capabilities != nil, unsent.isEmpty else {
            unsent.append(consume command)
            client(.open)
            return
        }
        send(consume command)
    }

    private mutating func send(_ command: Command) {
        let adapted = client.capabilities?.adapting(
            command, addition: settings.sizeAddition, convertsEightBit: settings.eightBit.isDowngrade)
        guard let adapted else {
            unsent.insert(command, at: 0)
            client(.vetted(false))
            return
        }
        if command.verb == .mail { transaction?.isKnownUpstream = true }
        client(.send(adapted))
    }

    mutating func sendUnsent() {
        guard client.capabilities != nil else { return }
        while !unsent.isEmpty, client.state == .ready {
            send(unsent.removeFirst())
        }
    }

    // MARK: The upstream's answers

    mutating func mailAnswered(_ reply: Reply) {
        if reply.code.severity == .positiveCompletion {
            transaction?.isAccepted = true
        } else {
            record(.mail, reply, source: .upstream)
            transaction?.isRefused = true
            forgetRefused()
        }
        server(.answeredOldest(reply))
        advanceRecipients()
    }

    /// Forgets a transaction that the upstream has refused at MAIL, once nothing of it is awaited.
    mutating func forgetRefused() {
        guard let transaction, transaction.isRefused, transaction.awaited.isEmpty else { return }
        clearTransaction()
    }

    // MARK: The end of a transaction

    /// Forgets the transaction, and lets the upstream forget it (RFC 5321 4.1.1.5) unless it is left anyway.
    mutating func abandonTransaction(leavingUpstream: Bool = false) {
        guard let transaction else { return }
        if !transaction.isRefused, transaction.isAccepted || transaction.refusedCount > 0 {
            recordAbandoned()
        }
        switch message {
        case .opening, .streaming, .replaying:
            client(.abort)
        case .draining, .none, .header, .lookahead, .awaitingFinal:
            if !leavingUpstream { resetUpstream() }
        }
        endMessage()
        clearTransaction()
    }

    /// RSET, when the upstream knows of the transaction.
    mutating func resetUpstream() {
        guard let transaction, transaction.isKnownUpstream, transaction.trouble == nil, client.state == .ready else {
            return
        }
        transaction.isKnownUpstream = false
        client(.send(.rset))
    }

    mutating func clearTransaction() {
        transaction = nil
        facts.sender = nil
        facts.recipient = nil
        facts.header = nil
        facts.content = nil
        facts.structure = nil
        facts.tags = sessionTags
    }
}

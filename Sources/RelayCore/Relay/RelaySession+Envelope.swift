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
        if transaction.recipients.count + transaction.asked.count >= settings.limits.recipients {
            self.transaction?.refuse(path, OwnReply.tooManyRecipients.reply(session: identifier), rule: nil)
            answer(.tooManyRecipients)
            return
        }
        let isInternational = transaction.parameters["SMTPUTF8"] != nil
        if let objection = !path.isASCII && !isInternational
            ? .nonASCIIAddress : offer.objection(toRecipient: parameters)
        {
            self.transaction?.refuse(path, objection.reply(session: identifier), rule: nil)
            answer(objection)
            return
        }
        facts.recipient = path
        facts.recipientParameters = parameters
        ask(.recipient(path, parameters))
    }

    mutating func ask(upstreamAbout path: ForwardPath, _ parameters: ESMTPParameters) {
        if let trouble = transaction?.trouble {
            server(.answeredLatest(trouble))
            return
        }
        transaction?.asked.append(path)
        forward(.rcpt(path, parameters))
    }

    // MARK: To the upstream

    /// Sends a command, or keeps it until the upstream is ready for it.
    mutating func forward(_ command: Command) {
        guard client.state == .ready, let capabilities = client.capabilities, unsent.isEmpty else {
            unsent.append(command)
            client(.open)
            return
        }
        send(command, capabilities)
    }

    private mutating func send(_ command: Command, _ capabilities: Capabilities) {
        guard let adapted = capabilities.adapting(command, addition: settings.sizeAddition) else {
            unsent.insert(command, at: 0)
            client(.vetted(false))
            return
        }
        if command.verb == .mail { transaction?.isKnownUpstream = true }
        client(.send(adapted))
    }

    mutating func sendUnsent() {
        guard let capabilities = client.capabilities else { return }
        while !unsent.isEmpty, client.state == .ready {
            send(unsent.removeFirst(), capabilities)
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
    }

    mutating func recipientAnswered(_ reply: Reply) {
        if transaction?.asked.isEmpty == false, let path = transaction?.asked.removeFirst() {
            if reply.code.severity == .positiveCompletion {
                transaction?.recipients.append(path)
                facts.recipients.append(path)
            } else {
                transaction?.refuse(path, reply, rule: nil)
            }
        }
        forgetRefused()
        server(.answeredOldest(reply))
    }

    /// Forgets a transaction that the upstream has refused at MAIL, once nothing of it is awaited.
    private mutating func forgetRefused() {
        guard let transaction, transaction.isRefused, transaction.asked.isEmpty else { return }
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
        case .opening, .streaming:
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
        self.transaction?.isKnownUpstream = false
        client(.send(.rset))
    }

    mutating func clearTransaction() {
        transaction = nil
        facts.sender = nil
        facts.recipient = nil
        facts.header = nil
        facts.content = nil
        facts.tags = sessionTags
    }
}

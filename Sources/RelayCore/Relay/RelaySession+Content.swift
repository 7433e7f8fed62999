import MailMessage
import NIOCore
import Policy
import SMTPProtocol

/// The way of a message: header section → judged → lookahead → DATA upstream → stream → judged → final dot. One that is
/// here to its end before the upstream hears of it goes in a single chunk to an upstream that knows CHUNKING: one
/// exchange instead of two, and no dot that could be misread. Not beside a recipient that is refused: were a reply too
/// many among the answers to RCPT, it might be another one that is, and 354 finds that out where 250 would not.
///
/// What is refused before the upstream heard DATA leaves a transaction there that RSET ends; what is refused behind
/// 354 closes the connection without the final dot. Either way the client's rest is swallowed first.
extension RelaySession {
    // MARK: DATA

    mutating func startData() {
        guard let transaction, server.acceptedRecipients > 0 else {
            if let trouble = self.transaction?.trouble {
                server(.answeredLatest(trouble))
            } else {
                answer(.noValidRecipients)
            }
            return
        }
        if let trouble = transaction.trouble, !transaction.isEmptied {
            server(.answeredLatest(trouble))
            return
        }
        guard clientFramer.bufferedByteCount == 0 else {
            let reply = OwnReply.dataBehindData.reply(session: identifier)
            record(.header, reply, source: .proxy)
            resetUpstream()
            clearTransaction()
            server(.close(reply))
            return
        }
        clientFramer.beginData(measuringLongestLine: settings.checkpoints.measuresLongestLine)
        normaliser = settings.lineEnds.areNormalised(for: facts.clientAddress) ? LineEndNormaliser() : nil
        message = .header(HeaderSectionFramer(limit: settings.limits.header))
        held = HeldContent()
        deadlines.beginPace(now, settings.timeouts)
        answer(.dataGoAhead)
        if transaction.isEmptied {
            discardMessage(at: transaction.isDiscarded ? .mail : .recipient, transaction.discardedBy)
        }
    }

    // MARK: What the client sends

    mutating func receive(_ received: ByteBuffer) {
        let content = normaliser?.normalise(received) ?? received
        guard content.readableBytes > 0 else { return }
        if let objection = objectionToContent() {
            refuseMessage(objection.reply(session: identifier), at: .message, source: .proxy)
        }
        switch message {
        case .header(var framer):
            message = .none
            let progress = framer.receive(content)
            advanceHeader(&framer, progress)
        case .lookahead:
            scanner.update { $0.receive(content) }
            hold(content)
            writeSpoolIfDue()
            openDataIfDue()
        case .streaming:
            scanner.update { $0.receive(content) }
            // What the framer has seen need not be looked for again, unless lines end elsewhere now.
            let mayHoldDots = clientFramer.contentMayHoldDots || normaliser != nil
            output.sendContent(stuffer.stuff(content, mayHoldDots: mayHoldDots))
        case .draining(let reply):
            // Whoever goes on for so long does not wait for an end: the reply is said now, and the client let go.
            guard clientFramer.content.octets &- refusal.octets > settings.limits.drained else { return }
            let reply = reply.isNegative ? reply : OwnReply.sizeExceeded.reply(session: identifier)
            transaction?.octets = clientFramer.content.octets
            endRefused(reply)
            server(.close(reply))
        case .none, .opening, .replaying, .awaitingFinal:
            break
        }
    }

    mutating func receiveEndOfData() {
        server(.endOfDataReceived)
        transaction?.octets = clientFramer.content.octets
        held.isComplete = true
        switch message {
        case .header(var framer):
            message = .none
            let progress = framer.endOfContent()
            advanceHeader(&framer, progress)
        case .lookahead, .streaming:
            judgeMessage()
        case .draining(let reply):
            finish(reply)
        case .none, .opening, .replaying, .awaitingFinal:
            break
        }
    }

    /// Why the content cannot go on, whatever rules say.
    private func objectionToContent() -> OwnReply? {
        let content = clientFramer.content
        if content.hasBareLineEnd, normaliser == nil { return .bareLineEndInContent }
        if content.hasNUL { return .nulInContent }
        let sizeLimit = Offer.sizeLimit(client.capabilities?.size, settings.limits)
        if sizeLimit > 0, content.octets &+ (normaliser?.addedOctets ?? 0) > sizeLimit { return .sizeExceeded }
        if content.hasEightBit, client.capabilities?.eightBitMIME != true, !settings.eightBit.isDowngrade {
            return .eightBitNotPossible
        }
        return nil
    }

    // MARK: Header section

    private mutating func advanceHeader(_ framer: inout HeaderSectionFramer, _ progress: HeaderSectionFramer.Progress) {
        switch progress {
        case .incomplete:
            message = .header(framer)
        case .tooLarge:
            message = .lookahead
            refuseMessage(OwnReply.headerExceeded.reply(session: identifier), at: .header, source: .proxy)
        case .complete:
            let (section, rest) = framer.take()
            message = .lookahead
            hold(rest)
            guard case .lookahead = message else { return }
            if section.count(of: "Received") > settings.limits.received {
                refuseMessage(OwnReply.routingLoop.reply(session: identifier), at: .header, source: .proxy)
                return
            }
            facts.header = section
            ask(.header)
        }
    }

    /// No rule has refused the message for its header section.
    mutating func headerPassed() {
        beginScan()
        if held.isComplete {
            judgeMessage()
        } else {
            writeSpoolIfDue()
            openDataIfDue()
        }
    }

    // MARK: Lookahead

    /// DATA goes upstream once enough was looked at, unless a rule needs all of it.
    private mutating func openDataIfDue() {
        guard case .lookahead = message, !holdsMessage,
            held.octets >= RelayLimits.lookahead
        else { return }
        openData()
    }

    // MARK: Whole message

    /// The end-of-data has come: the rules of the last stage, before the upstream hears the final dot.
    private mutating func judgeMessage() {
        if let objection = objectionToContent() {
            refuseMessage(objection.reply(session: identifier), at: .message, source: .proxy)
            return
        }
        facts.content = clientFramer.content
        var ended = scanner.take()
        facts.structure = ended?.end()
        if let normaliser { facts.content?.longestLine = normaliser.longestLine }
        ask(.message)
    }

    mutating func messagePassed() {
        switch message {
        case .lookahead:
            guard planContent() else { return }
            openData()
        case .streaming:
            sendFinalDot()
        case .none, .header, .opening, .replaying, .draining, .awaitingFinal:
            break
        }
    }

    // MARK: Refusal

    /// The message will not be taken: the upstream is let off, and the client hears the reply behind its end-of-data.
    mutating func refuseMessage(
        _ reply: Reply,
        at stage: Stage,
        source: TransactionRecord.Source,
        rule: RuleReference? = nil,
        detail: String? = nil
    ) {
        if case .draining = message { return }
        let before = message
        message = .draining(reply)
        refusal = Refusal(stage: stage, source: source, rule: rule, detail: detail, octets: clientFramer.content.octets)
        forgetContent()
        switch before {
        case .streaming, .replaying:
            client(.abort)
        case .opening where source != .upstream:
            client(.abort)
        case .none, .header, .lookahead, .opening, .draining, .awaitingFinal:
            resetUpstream()
        }
        if held.isComplete { finish(reply) }
    }

    /// The message will not be passed on, and the client hears 250 behind its end-of-data as if it were.
    mutating func discardMessage(at stage: Stage, _ rule: RuleReference?) {
        refuseMessage(OwnReply.ok.reply(session: identifier), at: stage, source: .policy, rule: rule)
    }

    private mutating func finish(_ reply: Reply) {
        endRefused(reply)
        server(.answeredOldest(reply))
    }

    private mutating func endRefused(_ reply: Reply) {
        let verdict: TransactionRecord.Verdict? = reply.isNegative ? nil : .discarded
        record(
            refusal.stage, reply, source: refusal.source, verdict: verdict, rule: refusal.rule, detail: refusal.detail
        )
        resetUpstream()
        endMessage()
        clearTransaction()
    }

    mutating func endMessage() {
        message = .none
        forgetContent()
        deadlines.endPace()
    }

    mutating func returnBudget() {
        if held.budgeted > 0 {
            settings.holdBudget.giveBack(held.budgeted)
            held.budgeted = 0
        }
        if held.spooled.isUsed { discardSpool() }
    }
}

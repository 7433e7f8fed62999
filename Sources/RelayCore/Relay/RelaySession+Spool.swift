import NIOCore
import Policy
import SMTPProtocol

/// A message that a rule needs whole: its first octets are held in memory, what follows in a spool file, if there is one.
///
/// The session writes in pieces, and the client is not read while one is being written: what a session keeps beside the
/// octets that stay in memory is a piece or two. When the upstream has said 354 the content is read back in order, each
/// piece as the upstream drains, through what changes it. Nothing of the spool is needed to judge: rules know what was
/// seen as the content came.
///
/// A write that fails leaves the message with the client. So does a read that fails: the upstream is in the middle of the
/// content then, and its connection is closed without the final dot, which is sent only when every octet was read back.
extension RelaySession {
    // MARK: Writing

    mutating func hold(_ content: ByteBuffer) {
        let count = content.readableBytes
        guard holdsMessage, count > 0 else { return held.append(content) }
        let fits = settings.spoolBudget == nil || held.octets + count <= settings.limits.held
        if !held.spooled.isUsed, fits, settings.holdBudget.take(count) {
            held.appendCompactly(content)
            held.budgeted += count
            return
        }
        guard let budget = settings.spoolBudget else { return refuseForWantOfRoom("the memory for held messages") }
        guard budget.take(count) else { return refuseForWantOfRoom("the quota of the spool") }
        held.spooled.budgeted += count
        held.spooled.tail.writeImmutableBuffer(content)
    }

    private mutating func refuseForWantOfRoom(_ what: String) {
        let detail = "\(what) is used up"
        output.actions.append(.note(.spoolFailed(detail)))
        let reply = OwnReply.holdExhausted.reply(session: identifier)
        refuseMessage(reply, at: .message, source: .proxy, detail: detail)
    }

    /// Writes what has come, once it is a whole piece. Not before the header section is judged: what is scanned then is
    /// still here.
    mutating func writeSpoolIfDue() {
        guard case .lookahead = message, held.spooled.tail.readableBytes >= SpooledContent.piece else { return }
        let tail = held.spooled.tail
        held.spooled.tail = ByteBuffer()
        held.spooled.written += tail.readableBytes
        transaction?.spooled = held.spooled.written
        askSpool(.append(tail))
    }

    private mutating func askSpool(_ request: SpoolRequest) {
        held.spooled.isAwaited = true
        deadlines.spool = now.adding(settings.timeouts.spool)
        output.actions.append(.spool(request))
    }

    /// The spool has done what it was asked.
    mutating func spoolAnswered() {
        held.spooled.isAwaited = false
        deadlines.spool = nil
    }

    mutating func spoolFailed(_ failure: SpoolFailure) {
        guard held.spooled.isAwaited else { return }
        spoolAnswered()
        output.actions.append(.note(.spoolFailed(failure.detail)))
        let reply = failure.reply.reply(session: identifier)
        refuseMessage(reply, at: .message, source: .proxy, detail: failure.detail)
    }

    // MARK: Reading back

    /// The upstream has said 354 and has the header section: what is in memory goes first.
    mutating func beginReplay() {
        message = .replaying
        pass(held.removeAll())
        settings.holdBudget.giveBack(held.budgeted)
        held.budgeted = 0
        continueReplay()
    }

    /// Asks for the next piece, unless the upstream has enough for now.
    mutating func continueReplay() {
        guard case .replaying = message, !held.spooled.isAwaited, upstreamDrains else { return }
        let left = held.spooled.written - held.spooled.read
        guard left == 0 else { return askSpool(.read(upTo: min(left, SpooledContent.readPiece))) }
        pass([held.spooled.tail])
        var rest: [ByteBuffer] = []
        rewriter.update { $0.end(into: &rest) }
        rewriter.value = nil
        for piece in rest { output.sendContent(stuffer.stuff(piece)) }
        discardSpool()
        sendFinalDot()
    }

    /// A piece was read back.
    mutating func replay(_ content: ByteBuffer) {
        guard case .replaying = message, held.spooled.isAwaited else { return }
        held.spooled.read += content.readableBytes
        guard content.readableBytes > 0, held.spooled.read <= held.spooled.written else {
            return spoolFailed(SpoolFailure(isFull: false, detail: "the spool file is not what was written to it"))
        }
        spoolAnswered()
        pass([content])
        continueReplay()
    }

    /// Passes held content on, changed as planned.
    private mutating func pass(_ pieces: [ByteBuffer]) {
        for piece in pieces {
            guard !rewriter.isEmpty else {
                output.sendContent(stuffer.stuff(piece))
                continue
            }
            var changed: [ByteBuffer] = []
            rewriter.update { $0.receive(piece, into: &changed) }
            for piece in changed { output.sendContent(stuffer.stuff(piece)) }
        }
    }

    /// Forgets what the spool has of the message.
    mutating func discardSpool() {
        if held.spooled.written > 0 { output.actions.append(.spool(.discard)) }
        settings.spoolBudget?.giveBack(held.spooled.budgeted)
        held.spooled = SpooledContent()
        deadlines.spool = nil
    }
}

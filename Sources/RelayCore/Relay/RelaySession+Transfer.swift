import MailMessage
import NIOCore
import Policy
import SMTPProtocol

/// A message on its way to the upstream, and the answer to it: behind 354, or as a single chunk.
extension RelaySession {
    mutating func openData() {
        let isWhole = held.isComplete && !held.spooled.isUsed
        if isWhole, settings.sendsChunks, client.takesWholeMessage, transaction?.hasRefusals == false {
            return sendChunk()
        }
        message = .opening
        client(.send(.data))
    }

    mutating func dataAnswered(_ reply: Reply) {
        guard case .opening = message else { return }
        guard reply.code.severity == .positiveIntermediate else {
            refuseMessage(reply, at: .message, source: .upstream)
            return
        }
        message = .streaming
        stuffer = DataStuffer()
        output.sendContent(stuffer.stuff(serialisedHeader()))
        if held.spooled.isUsed { return beginReplay() }
        for piece in takeHeld() {
            output.sendContent(stuffer.stuff(piece))
        }
        returnBudget()
        if held.isComplete { sendFinalDot() }
    }

    /// Sends the message as one chunk (RFC 3030); the upstream's answer to it is the answer to the message. A chunk that is
    /// refused may leave the transaction open (RFC 3030 2): the RSET behind it ends that.
    private mutating func sendChunk() {
        let header = serialisedHeader()
        let pieces = takeHeld()
        message = .awaitingFinal
        let octets = pieces.reduce(header.readableBytes) { $0 + $1.readableBytes }
        output.reserve(octets + Self.commandsAroundChunk)
        client(.wholeMessage(octets: octets))
        output.sendContent(header)
        for piece in pieces { output.sendContent(piece) }
        client(.wholeMessageEnded)
        returnBudget()
    }

    /// Room for BDAT and RSET.
    private static let commandsAroundChunk = 48

    /// The header section as the upstream gets it, our trace field on top.
    private mutating func serialisedHeader() -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity((facts.header?.octets ?? 0) + 512)
        if settings.addsTraceField, let transaction {
            let field = TraceField(
                helo: facts.helo,
                client: facts.clientAddress,
                hostname: settings.hostname,
                isExtended: isExtended,
                isEncrypted: facts.encryption != nil,
                isAuthenticated: facts.authentication != nil,
                isInternational: transaction.parameters["SMTPUTF8"] != nil,
                transaction: transaction.identifier,
                recipient: transaction.recipients.count == 1 ? transaction.recipients[0].path : nil,
                moment: now
            )
            field.write(into: &buffer)
        }
        facts.header?.write(into: &buffer)
        return buffer
    }

    mutating func sendFinalDot() {
        output.sendContent(stuffer.end())
        message = .awaitingFinal
        client(.contentEnded)
    }

    mutating func finalReply(_ reply: Reply) {
        guard case .awaitingFinal = message else { return }
        let verdict: TransactionRecord.Verdict =
            switch reply.code.severity {
            case .positiveCompletion: .accepted
            case .permanentNegative: .rejected
            case .transientNegative, .positiveIntermediate: .deferred
            }
        record(.message, reply, source: .upstream, verdict: verdict)
        endMessage()
        clearTransaction()
        server(.answeredOldest(reply))
        if clientState == .gone { client(.finish) }
    }

    /// The final dot went upstream and no reply will come: whether the message was taken is not known.
    mutating func finalReplyMissing(_ detail: String, client own: OwnReply) {
        let reply = own.reply(session: identifier)
        record(.message, reply, source: .upstream, verdict: .ambiguous, detail: detail)
        endMessage()
        clearTransaction()
        server(.answeredOldest(reply))
    }

    /// The upstream was lost before the final dot.
    mutating func messageLost(_ reply: Reply, _ trouble: UpstreamTrouble) {
        switch message {
        case .header, .lookahead, .opening, .streaming, .replaying:
            message = .streaming
            refuseMessage(reply, at: .message, source: .upstream, detail: trouble.detail)
        case .none, .draining, .awaitingFinal:
            break
        }
    }
}

import SMTPProtocol

/// How a session ends: each side is let go as its state allows.
extension RelaySession {
    /// The last reply is sent: lets the client go, and the upstream as its state allows.
    mutating func closeClient(isOrderly: Bool) {
        if clientState != .gone {
            output.actions.append(.closeClient(isOrderly: isOrderly))
        }
        clientState = .gone
        clientFramer.discardBuffered()
        forgetQuestion()
        exchange = nil
        deadlines.clientGone()
        releaseUpstream()
    }

    /// The client is gone: only a reply to a final dot is still awaited, for the log.
    mutating func loseClient() {
        guard clientState != .gone else { return }
        output.actions.append(.closeClient(isOrderly: true))
        clientState = .gone
        clientFramer.discardBuffered()
        forgetQuestion()
        server(.close(nil))
    }

    private mutating func releaseUpstream() {
        heldHello = nil
        unsent.removeAll()
        guard !client.awaitsFinalReply else { return }
        abandonTransaction(leavingUpstream: true)
        client(.finish)
    }

    mutating func shutDown(immediately: Bool) {
        isShuttingDown = true
        if immediately, client.awaitsFinalReply {
            // Nobody is left who could wait: what becomes of the message is not known.
            finalReplyMissing("shut down before the reply came", client: .shuttingDown)
            client(.abort)
        }
        let isBusy = transaction != nil || (server.waitingCount > 0 && !server.awaitsResponse)
        guard clientState != .gone, immediately || !isBusy else { return }
        closeWith(.shuttingDown)
    }

    /// Ends the session with a 421 of our own.
    mutating func closeWith(_ reply: OwnReply) {
        output.actions.append(.note(.ended(reply.rawValue)))
        server(.close(reply.reply(session: identifier)))
    }
}

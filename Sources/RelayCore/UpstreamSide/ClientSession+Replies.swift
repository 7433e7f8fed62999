import SMTPProtocol

/// Which reply answers what, and what follows from it.
extension ClientSession {
    mutating func receive(_ replies: [Reply], partial: Bool, _ effects: inout [Effect]) {
        guard !isGone else { return }
        guard state != .ending else {
            if !replies.isEmpty {
                reset()
                effects.append(.close(afterFlush: true))
            }
            return
        }
        guard state != .returning else { return returned(replies, partial: partial, &effects) }
        let surplus = replies.count - outstanding.count
        isTainted = surplus > 0 || (surplus == 0 && partial)
        if surplus > 0, outstanding.last == .confirmation,
            let refusal = replies.suffix(surplus).first(where: \.isNegative)
        {
            // It may be the answer to the message, behind replies too many.
            return lose(.confused("unasked reply \(refusal.code)"), closing: true, &effects)
        }
        for reply in replies.prefix(outstanding.count) {
            guard answer(reply, &effects) else { return }
        }
        if surplus > 0, let unasked = replies.last {
            let first = replies[replies.count - surplus]
            let trouble: UpstreamTrouble =
                first.code == .serviceNotAvailable ? .shuttingDown(first) : .confused("unasked reply \(unasked.code)")
            lose(trouble, closing: true, &effects)
        } else if isTainted, state == .content || state == .challenged {
            lose(.confused("the beginning of a reply that was not asked for"), closing: true, &effects)
        } else {
            sendQueued(&effects)
        }
    }

    /// Gives the oldest request its reply; false when that ends the session.
    private mutating func answer(_ reply: Reply, _ effects: inout [Effect]) -> Bool {
        let request = outstanding.removeFirst()
        guard request.admits(reply.code) else {
            outstanding.insert(request, at: 0)
            lose(.confused("\(reply.code) is no answer to \(request)"), closing: true, &effects)
            return false
        }
        if reply.code == .serviceNotAvailable, hasServed, replace(.shuttingDown(reply), &effects) {
            return false
        }
        if request.isOfTransaction {
            unanswered.removeAll(keepingCapacity: true)
            isReplacement = false
        }
        switch request {
        case .greeting:
            return greeted(reply, &effects)
        case .hello(let extended):
            return introduced(reply, extended: extended, &effects)
        case .startTLS:
            return startTLSAnswered(reply, &effects)
        case .identity:
            return identityAnswered(reply, &effects)
        case .forwarding:
            if reply.code.severity != .positiveCompletion { effects.append(.unidentified("XFORWARD: \(reply)")) }
        case .login:
            return loginAnswered(reply, &effects)
        case .authentication where reply.code == .authenticationChallenge:
            state = .challenged
        case .authentication:
            isAuthenticated = reply.code == .authenticationSucceeded
        case .data where reply.code == .startMailInput && isTainted:
            outstanding.insert(request, at: 0)
            lose(.confused("a reply that was not asked for behind 354"), closing: true, &effects)
            return false
        case .data where reply.code == .startMailInput:
            state = .content
        case .endOfData where outstanding.first == .confirmation && !reply.isNegative:
            unconfirmed = reply
            return true
        case .endOfData:
            state = .ready
            hasServed = true
            if outstanding.first == .confirmation { outstanding[0] = .reset }
        case .confirmation:
            return confirmed(by: reply, &effects)
        case .reset where reply.code.severity != .positiveCompletion:
            let trouble: UpstreamTrouble =
                reply.code == .serviceNotAvailable
                ? .shuttingDown(reply) : .confused("RSET answered with \(reply.code)")
            lose(trouble, closing: true, &effects)
            return false
        case .reset:
            isReset = outstanding.isEmpty
        case .mail, .recipient, .data, .verification, .quit:
            break
        }
        if request != .reset, request != .forwarding {
            effects.append(.answered(request, reply))
        }
        guard reply.code != .serviceNotAvailable else {
            lose(.shuttingDown(reply), closing: true, &effects)
            return false
        }
        if request == .mail, reply.isNegative, outstanding.isEmpty {
            let recipients = queue.prefix { $0.verb == .rcpt }.count
            queue.removeFirst(recipients)
            if recipients > 0 { effects.append(.pointless(recipients: recipients)) }
        }
        return true
    }

    /// The answer to the RSET behind a chunk that was answered with 2yz; false when that ends the session.
    ///
    /// Refused, it may be the answer to the chunk, and what came before it a reply too many: then nobody knows what became
    /// of the message. An upstream that shuts down instead has said what it had to say.
    private mutating func confirmed(by reply: Reply, _ effects: inout [Effect]) -> Bool {
        guard reply.code.severity == .positiveCompletion, let answer = unconfirmed else {
            let trouble: UpstreamTrouble =
                reply.code == .serviceNotAvailable
                ? .shuttingDown(reply) : .confused("RSET behind the message answered with \(reply.code)")
            lose(trouble, closing: true, &effects)
            return false
        }
        unconfirmed = nil
        state = .ready
        hasServed = true
        isReset = outstanding.isEmpty
        effects.append(.answered(.endOfData, answer))
        return true
    }

    private mutating func greeted(_ reply: Reply, _ effects: inout [Effect]) -> Bool {
        guard reply.code == .serviceReady else {
            lose(.unreachable("greeting: \(reply)"), closing: true, &effects)
            return false
        }
        guard !isTainted else {
            lose(.unreachable("spoke twice before EHLO"), closing: true, &effects)
            return false
        }
        introduce(&effects)
        return true
    }

    private mutating func introduced(_ reply: Reply, extended: Bool, _ effects: inout [Effect]) -> Bool {
        guard !isTainted else {
            lose(.unreachable("spoke when it was not asked after EHLO"), closing: true, &effects)
            return false
        }
        guard reply.code == .ok else {
            guard extended, reply.code.severity == .permanentNegative else {
                lose(.unreachable("\(extended ? "EHLO" : "HELO"): \(reply)"), closing: true, &effects)
                return false
            }
            outstanding.append(.hello(extended: false))
            effects.append(.write(.helo(ownName)))
            return true
        }
        let learnt = extended ? capabilityMemory.capabilities(by: reply) : .none
        guard !wantsTLS else { return askForTLS(learnt, &effects) }
        return begin(learnt, &effects)
    }

    /// Nothing is left to be agreed on, but for a login.
    mutating func begin(_ learnt: Capabilities, _ effects: inout [Effect]) -> Bool {
        guard !asksWhoTheClientIs(learnt, &effects) else { return !isGone }
        if let login, !isLoggedIn { return logIn(login, learnt, &effects) }
        // Only what was said on a connection before this one waits here.
        let adapted = queue.compactMap { learnt.adapting($0, addition: 0) }
        guard adapted.count == queue.count else {
            lose(.capabilitiesShrank, closing: true, &effects)
            return false
        }
        capabilities = learnt
        queue = adapted.flatMap { forwarding($0) }
        state = .ready
        effects.append(.established(learnt))
        return true
    }
}

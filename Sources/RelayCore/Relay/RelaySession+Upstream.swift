import NIOCore
import Policy
import SMTPProtocol

extension RelaySession {
    mutating func receiveFromUpstream(_ bytes: ByteBuffer) {
        replyFramer.receive(bytes)
        var replies = spareReplies
        spareReplies = []
        var fault: ReplySyntaxError?
        do throws(ReplySyntaxError) {
            while let reply = try replyFramer.next() {
                replies.append(reply)
            }
        } catch {
            fault = error
        }
        if !replies.isEmpty { deadlines.upstreamProgressed = true }
        let isPartial = fault != nil || replyFramer.hasBufferedBytes
        if !replies.isEmpty || (isPartial && fault == nil) {
            client(.replies(replies, partial: isPartial))
        }
        if let fault {
            client(.malformedReply("\(fault)"))
        }
        replies.removeAll(keepingCapacity: true)
        spareReplies = replies
    }

    mutating func apply(_ effect: consuming ClientSession.Effect) {
        switch consume effect {
        case .connect(let mayResume):
            replyFramer = ReplyFramer()
            output.actions.append(.connectUpstream(mayResume: mayResume && settings.reuseByAnyone != nil))
        case .write(let command):
            output.send(command)
        case .respond(let response):
            output.send(response)
        case .secure:
            replyFramer = ReplyFramer()
            output.actions.append(.secureUpstream)
        case .identify:
            describeClient()
        case .announce(let header):
            output.send(header, isBinary: settings.identify == .proxyV2)
        case .unidentified(let why):
            output.actions.append(.note(.upstreamUnidentified(why)))
        case .inClear(let why):
            output.actions.append(.note(.upstreamInClear(why)))
        case .established(let capabilities):
            output.actions.append(.learnt(capabilities))
            begin(upstream: capabilities)
        case .resumed(let capabilities):
            begin(upstream: capabilities)
        case .answered(let request, let reply):
            answered(request, reply)
        case .pointless(let recipients):
            for _ in 0..<recipients { recipientAnswered(OwnReply.badSequence.reply(session: identifier)) }
        case .lost(let trouble, let waiting):
            lost(trouble, waiting)
        case .replaced(let trouble):
            output.actions.append(.note(.upstreamReplaced(trouble)))
        case .keep(let kept):
            deadlines.upstreamEnded()
            upstreamDrains = true
            output.actions.append(.keepUpstream(kept))
        case .close(let afterFlush):
            if !afterFlush { output.toUpstream.removeAll() }
            deadlines.upstreamEnded()
            upstreamDrains = true
            output.actions.append(.closeUpstream(afterFlush: afterFlush))
        }
    }

    /// The upstream listens: what waits for it goes on.
    private mutating func begin(upstream capabilities: Capabilities) {
        knownCapabilities = capabilities
        client(.vetted(true))
        if heldHello != nil { answerHello(capabilities) }
        sendUnsent()
        advanceRecipients()
    }

    private mutating func answered(_ request: UpstreamRequest, _ reply: Reply) {
        switch request {
        case .mail: mailAnswered(reply)
        case .recipient: recipientAnswered(reply)
        case .data: dataAnswered(reply)
        case .endOfData: finalReply(reply)
        case .verification: server(.answeredOldest(reply))
        case .authentication: authenticationAnswered(reply)
        case .greeting, .hello, .startTLS, .identity, .login, .forwarding, .reset, .confirmation, .quit: break
        }
    }

    /// The upstream is gone: whatever waits for it is answered 4yz, and so is the rest of the transaction.
    private mutating func lost(_ trouble: UpstreamTrouble, _ waiting: [UpstreamRequest]) {
        output.actions.append(.note(.upstreamTrouble(trouble)))
        let requests = waiting + client.takeLost() + unsent.map { UpstreamRequest($0) }
        let commands = requests.filter { $0 != .reset && $0 != .confirmation && $0 != .quit }
        unsent.removeAll()

        if heldHello != nil { answerHello(.none) }
        exchangeLost()
        if case .awaitingFinal = message {
            finalReplyMissing(trouble.detail, client: .upstreamLost)
            return
        }
        let reply = trouble.reply.reply(session: identifier)
        transaction?.trouble = reply
        transaction?.isKnownUpstream = false
        let awaited = transaction?.awaited ?? []
        transaction?.awaited.removeAll()
        transaction?.asked.removeAll()
        for recipient in awaited { transaction?.refuse(recipient.given, reply, rule: nil) }
        if commands.contains(.mail) {
            recordTrouble(.mail, reply, trouble)
            clearTransaction()
        } else if transaction?.isRefused == true {
            clearTransaction()
        }
        for _ in commands.filter({ ![.data, .recipient, .authentication].contains($0) }) {
            server(.answeredOldest(reply))
        }
        for _ in awaited { server(.answeredOldest(reply)) }
        messageLost(reply, trouble)
    }
}

extension UpstreamTrouble {
    /// What the client hears.
    var reply: OwnReply {
        switch self {
        case .unreachable, .loginRefused: .upstreamUnreachable
        case .insecure: .upstreamInsecure
        case .unidentified: .upstreamUnidentified
        case .closed, .silent: .upstreamLost
        case .shuttingDown: .upstreamShuttingDown
        case .confused: .upstreamConfused
        case .capabilitiesShrank: .upstreamShrank
        }
    }
}

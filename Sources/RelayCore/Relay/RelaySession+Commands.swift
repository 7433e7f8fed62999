import MailMessage
import Policy
import SMTPProtocol

extension RelaySession {
    /// Does what the client asked for, once the server role has found it in place.
    mutating func perform(_ command: Command) {
        switch command {
        case .helo(let argument):
            meet(argument, extended: false)
        case .ehlo(let argument):
            meet(argument, extended: true)
        case .mail(let path, let parameters):
            begin(path, parameters)
        case .rcpt(let path, let parameters):
            add(path, parameters)
        case .data:
            startData()
        case .rset:
            abandonTransaction()
            answer(.reset)
        case .quit:
            abandonTransaction(leavingUpstream: true)
            answer(.bye)
        case .vrfy, .expn, .help, .noop, .etrn, .startTLS, .auth:
            facts.command = CommandFacts(verb: command.verb.rawValue, argument: command.argument ?? "")
            ask(.command(command))
        case .xclient(let attributes):
            takeXClient(attributes)
        case .lhlo, .turn, .send, .soml, .saml, .bdat, .xforward:
            answer(.notImplemented)
        }
    }

    /// Single commands that no rule has answered.
    mutating func performSingle(_ command: Command) {
        switch command {
        case .noop: answer(.ok)
        case .help: answer(.help)
        case .vrfy, .expn: forward(command)
        case .startTLS: startTLS()
        case .auth(let mechanism, let initialResponse): authenticate(mechanism, initialResponse)
        default: answer(.notImplemented)
        }
    }

    // MARK: EHLO

    private mutating func meet(_ argument: HeloArgument, extended: Bool) {
        facts.helo = argument
        tagsBeforeHello = facts.tags
        facts.tags = connectTags
        ask(.hello(argument, extended: extended))
    }

    mutating func introduce(_ argument: HeloArgument, extended: Bool) {
        abandonTransaction()
        acceptedHello = argument
        facts.tags = sessionTags
        isExtended = extended
        guard extended else {
            offer = settings.nothingOffered
            server(.answeredLatest(Reply(.ok, lines: [settings.hostname])))
            return
        }
        if let capabilities = client.capabilities ?? knownCapabilities {
            answerHello(capabilities)
        } else {
            heldHello = argument
            output.actions.append(.askCapabilities)
        }
    }

    /// Goes on with the EHLO that waits: with what another session has learnt, or by asking the upstream.
    mutating func learn(_ capabilities: Capabilities?) {
        guard heldHello != nil else { return }
        if let capabilities {
            knownCapabilities = capabilities
            answerHello(capabilities)
        } else {
            client(.open)
        }
    }

    /// Answers EHLO by what is known of the upstream; with next to nothing when it could not be asked.
    mutating func answerHello(_ capabilities: Capabilities) {
        heldHello = nil
        let terms = OfferTerms(
            hidden: hiddenKeywords, startTLS: offersStartTLS, convertsEightBit: settings.eightBit.isDowngrade,
            authentication: authenticationTerms
        )
        let (offer, reply) = settings.offers.offer(sharedSettings, capabilities, terms)
        self.offer = offer
        server(.answeredLatest(offersXClient ? reply.adding(Self.xclientOffer) : reply))
    }
}

extension Reply {
    fileprivate func adding(_ line: String) -> Reply { Reply(code, lines: lines + [line]) }
}

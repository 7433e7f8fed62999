import NIOCore
import Policy
import SMTPProtocol

/// A client's AUTH that is under way.
struct AuthenticationExchange: Sendable {
    let mechanism: SASLMechanism
    var identity: SASLIdentity
    /// An initial response that did not fit into the line of AUTH; the upstream's first challenge asks for it.
    var heldResponse: Credential?
    /// `*` was sent: the client gave up, or said what is no response. What it hears, unless the upstream says better.
    var ending: OwnReply?
    var challenges = 0

    /// Challenges of one exchange; the mechanisms that are relayed need three at most.
    static let mostChallenges = 10
}

/// AUTH (RFC 4954), relayed line by line: the client's responses to the upstream, its challenges to the client.
///
/// Who may log in is the upstream's to say, and the client hears 235 only when the upstream has said so. What a response
/// says of the user is kept until then and becomes a fact for rules; nothing else of a response is looked at or kept.
///
/// The login is one of the upstream connection. When that is lost, the session is of no use to the client, which cannot be
/// told by a reply to anything else: it ends with 421, and no mail of the client's goes upstream without the login.
///
/// Failed logins are counted by client address and session, make the client wait, and end in 421 when there are too many.
extension RelaySession {
    // MARK: Offer

    /// Whether a client is offered AUTH now.
    var authenticationTerms: OfferTerms.Authentication {
        guard settings.clientAuthentication != .off, settings.upstreamLogin == nil else { return .none }
        return facts.authentication != nil ? .done : isSafeToAuthenticate ? .offered : .none
    }

    private var isSafeToAuthenticate: Bool {
        settings.clientAuthentication == .always || facts.encryption != nil
    }

    private func objection(to name: String, _ initial: Credential?) -> OwnReply? {
        guard settings.clientAuthentication != .off, settings.upstreamLogin == nil, !hiddenKeywords.contains("AUTH")
        else { return .notImplemented }
        if facts.authentication != nil { return .alreadyAuthenticated }
        guard isSafeToAuthenticate else {
            return settings.clientSecurity == .none ? .notImplemented : .encryptionRequired
        }
        guard !offer.mechanisms.isEmpty else { return .notImplemented }
        guard offer.mechanisms.contains(where: { $0.rawValue == name }) else { return .mechanismNotOffered }
        return initial != nil && initial?.decodedInitially == nil ? .responseInvalid : nil
    }

    // MARK: The client

    /// Begins the AUTH that no rule has answered.
    mutating func authenticate(_ name: String, _ initial: Credential?) {
        if let objection = objection(to: name, initial) { return answer(objection) }
        guard let mechanism = SASLMechanism(rawValue: name) else { return answer(.mechanismNotOffered) }
        guard failedLogins < settings.limits.failedLogins else { return closeWith(.tooManyFailedLogins) }
        var exchange = AuthenticationExchange(mechanism: mechanism, identity: SASLIdentity(mechanism))
        if let octets = initial?.decodedInitially { exchange.identity.responded(octets) }
        if let initial, ClientSession.isTooLong(mechanism, initial) { exchange.heldResponse = initial }
        let sent = exchange.heldResponse == nil ? initial : nil
        self.exchange = exchange
        forward(.auth(mechanism: name, initialResponse: sent))
    }

    /// Takes the line that answers a challenge.
    mutating func respond(_ line: ByteBuffer) {
        let response = Credential(String(buffer: line))
        guard response.text != "*" else { return cancel(.authenticationCancelled) }
        guard let octets = response.decoded else { return cancel(.responseInvalid) }
        exchange?.identity.responded(octets)
        server(.responded)
        client(.respond(response))
    }

    /// Ends the exchange with the upstream, too, whose answer is waited for (RFC 4954 section 4).
    mutating func cancel(_ reply: OwnReply) {
        exchange?.ending = reply
        server(.responded)
        client(.respond("*"))
    }

    // MARK: The upstream

    mutating func authenticationAnswered(_ reply: Reply) {
        guard let exchange else { return }
        switch reply.code {
        case .authenticationChallenge:
            challenged(reply, exchange)
        case .authenticationSucceeded where exchange.ending == nil:
            self.exchange = nil
            let authentication = AuthenticationFacts(
                user: exchange.identity.user, mechanism: exchange.mechanism.rawValue
            )
            facts.authentication = authentication
            output.actions.append(.note(.authenticated(authentication)))
            server(.answeredOldest(reply))
        case .authenticationSucceeded:
            // It lets in who has given up: nobody is to use that.
            giveUpExchange()
        default:
            self.exchange = nil
            failed(exchange, reply)
        }
    }

    private mutating func challenged(_ reply: Reply, _ before: AuthenticationExchange) {
        var exchange = before
        exchange.challenges += 1
        let isChallenge = reply.lines.count == 1 && reply.lines[0].utf8.count <= SASLText.longestLine
        guard isChallenge, exchange.ending == nil, exchange.challenges <= AuthenticationExchange.mostChallenges else {
            return giveUpExchange()
        }
        if let response = exchange.heldResponse {
            exchange.heldResponse = nil
            self.exchange = exchange
            client(.respond(response))
        } else {
            exchange.identity.challenged(reply.lines[0])
            self.exchange = exchange
            server(.challenged(reply))
        }
    }

    /// The upstream makes no sense: its connection ends with the exchange.
    private mutating func giveUpExchange() {
        output.actions.append(.note(.upstreamTrouble(.confused("no sense in AUTH"))))
        client(.abort)
        exchangeLost()
    }

    /// The exchange ends without the upstream's word.
    mutating func exchangeLost() {
        guard let exchange else { return }
        self.exchange = nil
        let own = exchange.ending ?? .authenticationUnavailable
        server(.answeredOldest(own.reply(session: identifier)))
    }

    // MARK: Failure

    /// Failures that count against the client now.
    private var failedLogins: Int {
        max(failedLoginsHere, settings.failedLogins.count(of: facts.clientAddress, at: now))
    }

    private mutating func failed(_ exchange: AuthenticationExchange, _ reply: Reply) {
        if let ending = exchange.ending {
            let isOurs = ending != .authenticationCancelled
            server(.answeredOldest(isOurs ? ending.reply(session: identifier) : reply))
            return
        }
        let isClients = reply.code.severity == .permanentNegative
        if isClients {
            failedLoginsHere += 1
            settings.failedLogins.add(facts.clientAddress, at: now)
        }
        let count = failedLogins
        let facts = AuthenticationFacts(user: exchange.identity.user, mechanism: exchange.mechanism.rawValue)
        output.actions.append(.note(.authenticationFailed(facts, reply.code, failures: count)))
        guard isClients else {
            server(.answeredOldest(reply))
            return
        }
        withheldReply = reply
        let doublings = UInt64(min(max(count - 1, 0), 4))
        let delay = settings.limits.failedLoginDelay.value.multipliedReportingOverflow(by: 1 << doublings)
        deadlines.delay = now.adding(Nanoseconds(delay.overflow ? .max : delay.partialValue))
    }

    /// The client has waited for the answer to a login that failed.
    mutating func sendWithheldReply() {
        guard let reply = withheldReply else { return }
        withheldReply = nil
        deadlines.delay = nil
        server(.answeredOldest(reply))
        if failedLogins >= settings.limits.failedLogins { closeWith(.tooManyFailedLogins) }
    }

    // MARK: What follows from a login

    /// The client has logged in, and the upstream connection on which it has is gone.
    var hasLostLogin: Bool {
        facts.authentication != nil && !client.isAuthenticated
    }

    /// Ends the session of a client whose login is lost, once everything it asked for is answered.
    mutating func endIfLoginIsLost() {
        if isStranded { closeWith(.loginLost) }
    }

    /// Whether nothing the client might say is of any use.
    var isStranded: Bool {
        mutating get {
            hasLostLogin && clientState != .gone && !isJudging && message.isNone && server.waitingCount == 0
        }
    }

    /// TLS begins: who the client was before is forgotten, and so is the connection on which it was that.
    mutating func forgetLogin() {
        guard facts.authentication != nil else { return }
        facts.authentication = nil
        client(.abort)
    }

    /// What MAIL says of whoever wrote the message (RFC 4954 section 5). A client that has logged in is believed as far as
    /// the upstream believes it; anybody else is not, and neither is a mailbox that Gatepost cannot vouch for where it
    /// has logged in itself.
    func vouched(_ parameters: ESMTPParameters) -> ESMTPParameters {
        let isBelieved = facts.authentication != nil || parameters["AUTH"] == nil
        guard settings.upstreamLogin != nil || !isBelieved, let nobody = ESMTPParameter("AUTH", "<>") else {
            return parameters
        }
        var parameters = parameters
        parameters.set(nobody)
        return parameters
    }
}

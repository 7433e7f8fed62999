import SMTPProtocol

/// Telling the upstream who the client is.
///
/// A header of the PROXY protocol is the first thing said on a connection, before TLS. XCLIENT is said behind EHLO and
/// TLS; the upstream greets again, and EHLO is said anew, with the name that the client gives itself: an upstream that
/// judges clients by it must see theirs. XFORWARD is said before each MAIL, and refusing it stops no mail.
///
/// A client that changes its name or turns to TLS is another one for the upstream. Postfix believes XCLIENT once in a
/// connection, and a header is said once by nature: so a new connection is made for it, where nothing is under way. A
/// connection on which a client has tried to log in stays what it is: the login would be lost.
extension ClientSession {
    /// Behind the connection, before anything is said on it.
    mutating func connected(_ effects: inout [Effect]) {
        switch identification {
        case .proxyV1, .proxyV2:
            state = .identifying
            effects.append(.identify)
        case .none, .xclient, .xforward:
            awaitGreeting(&effects)
        }
    }

    private mutating func awaitGreeting(_ effects: inout [Effect]) {
        if security == .implicit {
            state = .securing
            effects.append(.secure)
        } else {
            state = .greeting
            outstanding.append(.greeting)
        }
    }

    /// What Gatepost calls itself in EHLO: by its name, or by the client's where it speaks as that.
    var ownName: HeloArgument {
        guard identification.isImpersonal, isIdentified, let spoken = description?.spokenName else { return name }
        return HeloArgument(spoken)
    }

    /// Behind an EHLO: asks who the client is where that is to be told now, and says whether it did.
    mutating func asksWhoTheClientIs(_ learnt: Capabilities, _ effects: inout [Effect]) -> Bool {
        guard !isIdentified else { return false }
        switch identification {
        case .none, .proxyV1, .proxyV2:
            return false
        case .xclient where learnt.xclient.isEmpty:
            lose(.unidentified("XCLIENT is not offered"), closing: true, &effects)
            return true
        case .xforward where learnt.xforward.isEmpty:
            effects.append(.unidentified("XFORWARD is not offered"))
            return false
        case .xclient, .xforward:
            offeredBefore = learnt
            state = .identifying
            effects.append(.identify)
            return true
        }
    }

    /// The owner's answer: who the client is.
    mutating func identified(_ client: ClientDescription, _ effects: inout [Effect]) {
        guard state == .identifying, !isIdentified, outstanding.isEmpty else { return }
        description = client
        switch identification {
        case .none:
            return
        case .proxyV1, .proxyV2:
            isIdentified = true
            effects.append(.announce(client.proxyHeader))
            awaitGreeting(&effects)
        case .xclient:
            let attributes = client.xclient(offered: offeredBefore.xclient)
            guard !attributes.isEmpty else {
                return lose(
                    .unidentified("XCLIENT is offered without an attribute that is known"), closing: true, &effects)
            }
            outstanding.append(.identity)
            effects.append(.write(.xclient(attributes)))
        case .xforward:
            isIdentified = true
            _ = begin(offeredBefore, &effects)
        }
    }

    /// The answer to XCLIENT, which is a greeting; false when it ends the session.
    mutating func identityAnswered(_ reply: Reply, _ effects: inout [Effect]) -> Bool {
        guard !isTainted else {
            lose(.confused("spoke behind its answer to XCLIENT"), closing: true, &effects)
            return false
        }
        guard reply.code != .serviceNotAvailable else {
            lose(.shuttingDown(reply), closing: true, &effects)
            return false
        }
        guard reply.code.severity == .positiveCompletion else {
            lose(.unidentified("XCLIENT: \(reply)"), closing: true, &effects)
            return false
        }
        isIdentified = true
        introduce(&effects)
        return true
    }

    /// Before MAIL: the client as it is now.
    mutating func clientChanged(_ client: ClientDescription, _ effects: inout [Effect]) {
        guard state == .ready, isIdentified, !isClaimed, let told = description, isReplaceable else { return }
        guard client.isTold(otherwiseThan: told, by: identification, offered: offeredBefore) else {
            description = client
            return
        }
        close(&effects)
        state = .connecting
        effects.append(.connect(mayResume: false))
    }

    /// Whether nothing is under way on the connection that another one would lack.
    private var isReplaceable: Bool {
        queue.allSatisfy { UpstreamRequest($0) == .reset } && outstanding.allSatisfy { $0 == .reset }
    }

    // MARK: XFORWARD

    /// A command of the owner's, with XFORWARD before MAIL.
    func forwarding(_ command: Command) -> [Command] {
        guard case .mail = command, identification == .xforward, isIdentified, let description,
            let offered = capabilities?.xforward, !offered.isEmpty
        else { return [command] }
        return description.xforward(offered: offered) + [command]
    }
}

extension ClientDescription {
    fileprivate func isTold(
        otherwiseThan other: ClientDescription, by identification: UpstreamIdentification, offered: Capabilities
    ) -> Bool {
        switch identification {
        case .none, .xforward:
            return false
        case .xclient:
            return spokenName != other.spokenName
                || xclient(offered: offered.xclient) != other.xclient(offered: offered.xclient)
        case .proxyV1:
            return spokenName != other.spokenName || proxyHeader.connection != other.proxyHeader.connection
        case .proxyV2:
            return spokenName != other.spokenName || proxyHeader != other.proxyHeader
        }
    }
}

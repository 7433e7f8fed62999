import SMTPProtocol

/// AUTH with the upstream (RFC 4954): a client's, which is relayed, and Gatepost's own.
extension ClientSession {
    /// Octets of a command line without extensions; an initial response that does not fit waits for an empty challenge.
    private static let longestCommand = ExtensionTable.basicCommandLineOctets

    /// Whether an initial response must not stand in the line of AUTH (RFC 4954 section 4).
    static func isTooLong(_ mechanism: SASLMechanism, _ response: Credential) -> Bool {
        "AUTH \(mechanism.rawValue) \r\n".utf8.count + response.text.utf8.count > longestCommand
    }

    // MARK: A client's

    mutating func respond(_ response: Credential, _ effects: inout [Effect]) {
        guard state == .challenged else { return }
        state = .ready
        outstanding.append(.authentication)
        effects.append(.respond(response))
    }

    // MARK: Gatepost's own

    /// Logs in; false when that ends the session.
    mutating func logIn(_ login: UpstreamLogin, _ learnt: Capabilities, _ effects: inout [Effect]) -> Bool {
        guard encryption != nil || login.mayBeInClear else {
            return loginFailed("the connection is not encrypted", &effects)
        }
        guard let (mechanism, responses) = login.exchange(among: learnt.authMechanisms) else {
            let offered = learnt.authMechanisms.isEmpty ? "nothing" : learnt.authMechanisms.joined(separator: " ")
            return loginFailed("no mechanism that fits, \(offered) is offered", &effects)
        }
        offeredBeforeLogin = learnt
        loginResponses = responses
        var initial: Credential?
        if mechanism != .login, !Self.isTooLong(mechanism, responses[0]) { initial = loginResponses.removeFirst() }
        state = .loggingIn
        outstanding.append(.login)
        effects.append(.write(.auth(mechanism: mechanism.rawValue, initialResponse: initial)))
        return true
    }

    /// The answer to AUTH or to a response of it; false when it ends the session.
    mutating func loginAnswered(_ reply: Reply, _ effects: inout [Effect]) -> Bool {
        guard !isTainted else {
            lose(.unreachable("spoke when it was not asked in AUTH"), closing: true, &effects)
            return false
        }
        switch reply.code {
        case .authenticationSucceeded:
            isLoggedIn = true
            loginResponses.removeAll()
            return begin(offeredBeforeLogin, &effects)
        case .authenticationChallenge:
            guard !loginResponses.isEmpty else { return loginFailed("asked for more than there is to say", &effects) }
            outstanding.append(.login)
            effects.append(.respond(loginResponses.removeFirst()))
            return true
        case .serviceNotAvailable:
            lose(.shuttingDown(reply), closing: true, &effects)
            return false
        default:
            // What stands behind the codes may repeat what was said.
            let enhanced = reply.enhancedStatusCode.map { " \($0)" } ?? ""
            return loginFailed("\(reply.code)\(enhanced)", &effects)
        }
    }

    private mutating func loginFailed(_ why: String, _ effects: inout [Effect]) -> Bool {
        lose(.loginRefused(why), closing: true, &effects)
        return false
    }
}

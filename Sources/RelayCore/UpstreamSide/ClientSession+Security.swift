import Policy
import SMTPProtocol

/// TLS with the upstream.
extension ClientSession {
    /// Whether the connection is to be encrypted and is not.
    var wantsTLS: Bool {
        guard encryption == nil, !isInClear else { return false }
        return switch security {
        case .none, .implicit: false
        case .opportunistic, .required: true
        }
    }

    /// Says EHLO.
    mutating func introduce(_ effects: inout [Effect]) {
        state = .hello
        outstanding.append(.hello(extended: true))
        effects.append(.write(.ehlo(ownName)))
    }

    /// Goes on behind an EHLO in clear; false when that ends the session.
    mutating func askForTLS(_ learnt: Capabilities, _ effects: inout [Effect]) -> Bool {
        guard learnt.startTLS else { return goOnInClear("STARTTLS is not offered", learnt, &effects) }
        offeredInClear = learnt
        outstanding.append(.startTLS)
        effects.append(.write(.startTLS))
        return true
    }

    /// The answer to STARTTLS; false when it ends the session.
    mutating func startTLSAnswered(_ reply: Reply, _ effects: inout [Effect]) -> Bool {
        guard !isTainted else {
            lose(.confused("spoke in clear behind its answer to STARTTLS"), closing: true, &effects)
            return false
        }
        guard reply.code != .serviceNotAvailable else {
            lose(.shuttingDown(reply), closing: true, &effects)
            return false
        }
        guard reply.code == .serviceReady else {
            return goOnInClear("STARTTLS: \(reply)", offeredInClear, &effects)
        }
        state = .securing
        effects.append(.secure)
        return true
    }

    mutating func secured(_ facts: EncryptionFacts, _ effects: inout [Effect]) {
        guard state == .securing else { return }
        encryption = facts
        if security == .implicit {
            state = .greeting
            outstanding.append(.greeting)
        } else {
            introduce(&effects)
        }
    }

    /// The handshake has failed: the connection is useless, and another one is made in clear where that may be.
    mutating func securingFailed(_ why: String, _ effects: inout [Effect]) {
        guard security == .opportunistic else {
            lose(.insecure("handshake: \(why)"), closing: true, &effects)
            return
        }
        let commands = queue
        close(&effects)
        queue = commands
        isInClear = true
        state = .connecting
        effects.append(.inClear("handshake: \(why)"))
        effects.append(.connect(mayResume: false))
    }

    /// Goes on without TLS where that may be; false when it may not.
    private mutating func goOnInClear(_ why: String, _ learnt: Capabilities, _ effects: inout [Effect]) -> Bool {
        guard security == .opportunistic else {
            lose(.insecure(why), closing: true, &effects)
            return false
        }
        effects.append(.inClear(why))
        isInClear = true
        return begin(learnt, &effects)
    }
}

extension UpstreamRequest {
    /// Whether the owner has asked for it, and not the session by itself to come that far.
    var isOwners: Bool {
        switch self {
        case .greeting, .hello, .startTLS, .identity, .login, .forwarding: false
        case .authentication, .mail, .recipient, .reset, .data, .endOfData, .confirmation, .verification, .quit: true
        }
    }
}

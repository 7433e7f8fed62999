import Policy
import SMTPProtocol

/// TLS with the client: by STARTTLS, or before the greeting.
///
/// What the client sent behind STARTTLS is thrown away before the handshake begins, and everything it said before is
/// forgotten: who can write into the clear part of a connection gains nothing for the encrypted one (RFC 3207 4.2, 6).
extension RelaySession {
    /// Whether STARTTLS is offered now.
    var offersStartTLS: Bool {
        settings.clientSecurity == .startTLS && facts.encryption == nil
    }

    /// Answers STARTTLS that no rule has refused.
    mutating func startTLS() {
        guard facts.encryption == nil else { return answer(.tlsActive) }
        guard offersStartTLS, !hiddenKeywords.contains("STARTTLS") else { return answer(.notImplemented) }
        abandonTransaction()
        forgetLogin()
        answer(.startTLS)
        server(.securing)
        let dropped = clientFramer.bufferedByteCount
        clientFramer.discardBuffered()
        if dropped > 0 { output.actions.append(.note(.plaintextDropped(dropped))) }
        output.actions.append(.secureClient(received: nil))
    }

    mutating func clientSecured(_ encryption: EncryptionFacts) {
        guard clientState != .gone, server.isSecuring else { return }
        // What a proxy says of the client's own connection is what rules ask for.
        if facts.encryption == nil { facts.encryption = encryption }
        isSecured = true
        deadlines.clientProgressed = true
        forgetIntroduction()
        server(.secured)
        if settings.clientSecurity == .implicit { ask(.connect) }
    }

    mutating func clientSecurityFailed(_ why: String) {
        guard clientState != .gone else { return }
        output.actions.append(.note(.clientSecurityFailed(why)))
        loseClient()
    }

    /// The client is as one that has not said EHLO.
    mutating func forgetIntroduction() {
        facts.helo = nil
        facts.command = nil
        acceptedHello = nil
        isExtended = false
        hiddenKeywords = []
        offer = settings.nothingOffered
        facts.tags = connectTags
        sessionTags = connectTags
    }
}

import NIOCore
import Policy
import SMTPProtocol

/// Who the client is: what the network says, unless a proxy is believed that says better.
///
/// A connection from a proxy begins with a header of the PROXY protocol, before TLS and before the greeting; without one
/// that can be understood it is closed. XCLIENT, from where it is allowed, makes the session another client's: what was
/// said before is forgotten, and the answer is a greeting. Either way the client is admitted as itself before it is
/// greeted: `admit` asks for that, and `admitted` or `turnedAway` answers.
extension RelaySession {
    // MARK: The PROXY protocol

    var awaitsProxyHeader: Bool { proxyHeader != nil }

    /// Octets at the beginning of a proxy's connection.
    mutating func receiveProxyHeader(_ bytes: ByteBuffer) {
        guard let outcome = proxyHeader?.receive(bytes) else { return }
        switch outcome {
        case .incomplete:
            return
        case .malformed(let fault):
            proxyHeaderFailed("\(fault)")
        case .header(let header, let rest):
            proxyHeader = nil
            octetsBehindHeader = rest
            deadlines.clientProgressed = true
            facts.encryption = header.encryption.map { EncryptionFacts($0) }
            var client = clientIdentity
            if let connection = header.connection {
                proxyIdentity = clientIdentity
                client = ClientIdentity(
                    address: connection.source.address, port: Int(connection.source.port),
                    destination: connection.destination
                )
            }
            xclientUser = client.address
            identify(client)
        }
    }

    mutating func proxyHeaderFailed(_ why: String) {
        output.actions.append(.note(.proxyHeaderFailed(why)))
        proxyHeader = nil
        server(.close(nil))
    }

    /// A proxy's connection ends before its header: nothing worth a word when nothing was said, as by a health check.
    mutating func proxyHeaderEnded() {
        guard let header = proxyHeader else { return }
        if header.isEmpty {
            proxyHeader = nil
            server(.close(nil))
        } else {
            proxyHeaderFailed("the connection ended within it")
        }
    }

    // MARK: XCLIENT

    /// What EHLO says of XCLIENT to those who may use it.
    static let xclientOffer = "XCLIENT NAME REVERSE_NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT"

    var offersXClient: Bool { settings.trusted.mayUseXClient(xclientUser) }

    mutating func takeXClient(_ attributes: [ClientAttribute]) {
        guard !settings.trusted.xclient.isEmpty else { return answer(.notImplemented) }
        guard offersXClient else { return answer(.xclientNotAllowed) }
        var client = clientIdentity
        // Names belong to an address: those of the proxy's are not the client's.
        var names = attributes.contains { $0.name == .address } ? nil : facts.clientNames
        for attribute in attributes {
            guard client.take(attribute, &names) else { return answer(.invalidParameterValue) }
        }
        abandonTransaction(leavingUpstream: true)
        facts.authentication = nil
        self.client(.abort)
        server(.restarting)
        if proxyIdentity == nil { proxyIdentity = clientIdentity }
        forgetIntroduction()
        connectTags = []
        sessionTags = []
        facts.tags = []
        facts.clientNames = names
        identify(client)
    }

    // MARK: Admission

    private mutating func identify(_ client: ClientIdentity) {
        clientIdentity = client
        facts.clientAddress = client.address
        facts.clientPort = client.port
        output.actions.append(.admit(client))
    }

    mutating func admitted() {
        guard clientState != .gone, server.state == .opening else { return }
        greet()
    }

    /// Goes on to TLS where that comes first, or to the greeting.
    mutating func greet() {
        let rest = octetsBehindHeader
        octetsBehindHeader = nil
        if settings.clientSecurity == .implicit, !isSecured {
            server(.securing)
            output.actions.append(.secureClient(received: rest))
        } else {
            if let rest { clientFramer.receive(rest) }
            ask(.connect)
        }
    }

    // MARK: Towards the upstream

    /// The client as the upstream is told of it.
    var clientDescription: ClientDescription {
        ClientDescription(
            client: clientIdentity, names: facts.clientNames, helo: acceptedHello, isExtended: isExtended,
            encryption: facts.encryption, session: identifier
        )
    }

    /// The upstream is to be told who the client is: its names are asked for first where they belong to that.
    mutating func describeClient() {
        if settings.identify.tellsNames, facts.clientNames == nil {
            namesAreForUpstream = true
            output.actions.append(.askClientNames)
        } else {
            client(.identified(clientDescription))
        }
    }

    mutating func clientNamesKnown(_ names: ClientNames) {
        facts.clientNames = names
        guard namesAreForUpstream else { return }
        namesAreForUpstream = false
        client(.identified(clientDescription))
    }
}

extension ClientIdentity {
    /// Takes what XCLIENT says over; false when it has no such value.
    fileprivate mutating func take(_ attribute: ClientAttribute, _ names: inout ClientNames?) -> Bool {
        let text: String? = if case .text(let text) = attribute.value { text } else { nil }
        switch attribute.name {
        case .name, .reverseName:
            guard let answer = NameAnswer(attribute.value) else { return false }
            var known = names ?? ClientNames(reverse: answer, confirmed: .unknown("XCLIENT did not say"))
            if attribute.name == .name { known.confirmed = answer }
            if attribute.name == .reverseName || names == nil { known.reverse = answer }
            names = known
        case .address:
            let address = text.flatMap { ClientAttribute.address(of: $0) }
            guard text == nil || address != nil else { return false }
            self.address = address
        case .port:
            let port = text.flatMap { UInt16($0) }
            guard text == nil || port != nil else { return false }
            self.port = port.map { Int($0) }
        case .login:
            login = text
        case .destinationAddress:
            let address = text.flatMap { ClientAttribute.address(of: $0) }
            guard text == nil || address != nil else { return false }
            destination = address.map { .init($0, destination?.port ?? 0) }
        case .destinationPort:
            let port = text.flatMap { UInt16($0) }
            guard text == nil || port != nil else { return false }
            if let port { destination?.port = port }
        case .protocolName:
            return text == nil || ["SMTP", "ESMTP"].contains(text?.uppercased())
        case .helo:
            // The EHLO that follows says it again.
            break
        case .source, .identifier:
            return false
        }
        return true
    }
}

extension NameAnswer {
    fileprivate init?(_ value: ClientAttribute.Value) {
        switch value {
        case .text(let text):
            guard let domain = Domain(text) else { return nil }
            self = .found(domain.text)
        case .unavailable: self = .absent
        case .temporarilyUnavailable: self = .unknown("the proxy could not learn it")
        }
    }
}

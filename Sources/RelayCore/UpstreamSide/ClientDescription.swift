import Policy
import SMTPProtocol

/// The client as an upstream is told of it.
struct ClientDescription: Hashable, Sendable {
    var client: ClientIdentity
    /// Nil when they were not asked for.
    var names: ClientNames?
    var helo: HeloArgument?
    /// The client said EHLO.
    var isExtended: Bool
    var encryption: EncryptionFacts?
    /// How the log names the session.
    var session: String

    /// What Gatepost calls itself in the client's place; nil when the client has not said anything that fits.
    var spokenName: String? {
        guard let text = helo?.text, !text.isEmpty, text.utf8.count <= 255,
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return nil }
        return text
    }

    // MARK: XCLIENT and XFORWARD

    /// What XCLIENT says, of what the upstream understands.
    func xclient(offered: [String]) -> [ClientAttribute] {
        attributes(offered) + [login].filter { offered.contains($0.name.rawValue) }
    }

    /// What XFORWARD says, of what the upstream understands: commands of at most 512 octets (RFC 5321 4.5.3.1.4).
    func xforward(offered: [String]) -> [Command] {
        let own = [
            ClientAttribute(.source, .text("REMOTE")), ClientAttribute(.identifier, .text(session)),
        ].filter { offered.contains($0.name.rawValue) }
        var commands: [[ClientAttribute]] = []
        var octets = 0
        for attribute in attributes(offered) + own {
            let added = attribute.written.utf8.count + 1
            if commands.isEmpty || octets + added > Self.longestCommand {
                commands.append([])
                octets = 0
            }
            commands[commands.count - 1].append(attribute)
            octets += added
        }
        return commands.map { .xforward($0) }
    }

    /// 512 octets without the verb and CRLF.
    private static let longestCommand = 512 - 8 - 2

    private func attributes(_ offered: [String]) -> [ClientAttribute] {
        let all: [ClientAttribute] = [
            ClientAttribute(.name, value(names?.confirmed)),
            ClientAttribute(.reverseName, value(names?.reverse)),
            ClientAttribute(.address, text(client.address.map { ClientAttribute.text(of: $0) })),
            ClientAttribute(.port, text(client.port.map { "\($0)" })),
            ClientAttribute(.protocolName, .text(isExtended ? "ESMTP" : "SMTP")),
            ClientAttribute(.helo, text(helo?.text)),
            ClientAttribute(.destinationAddress, text(client.destination.map { ClientAttribute.text(of: $0.address) })),
            ClientAttribute(.destinationPort, text(client.destination.map { "\($0.port)" })),
        ]
        return all.filter { offered.contains($0.name.rawValue) }
    }

    private var login: ClientAttribute { ClientAttribute(.login, text(client.login)) }

    private func text(_ text: String?) -> ClientAttribute.Value { text.map { .text($0) } ?? .unavailable }

    private func value(_ answer: NameAnswer?) -> ClientAttribute.Value {
        switch answer {
        case .found(let name): .text(name)
        case .absent: .unavailable
        case .unknown, nil: .temporarilyUnavailable
        }
    }

    // MARK: The PROXY protocol

    /// The header; of a client without an address it says that the connection is our own.
    var proxyHeader: ProxyHeader {
        guard let address = client.address, let port = client.port.flatMap({ UInt16(exactly: $0) }),
            let destination = client.destination
        else { return ProxyHeader() }
        return ProxyHeader(
            .init(from: .init(address, port), to: destination),
            encryption: encryption.map {
                .init(
                    version: $0.version, cipher: $0.cipher,
                    commonName: $0.subject.flatMap { SubjectName.inside($0) }
                )
            }
        )
    }
}

extension EncryptionFacts {
    /// What a proxy says of a client's connection to it.
    init(_ encryption: ProxyHeader.Encryption) {
        self.init(
            version: encryption.version, cipher: encryption.cipher,
            subject: encryption.commonName.map { SubjectName.subject($0) }
        )
    }
}

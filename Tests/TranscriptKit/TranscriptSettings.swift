import Policy
import PolicyFiles
import RelayCore
import SMTPProtocol

extension Transcript {
    /// The settings that the transcript asks for, over small and plain ones.
    public func relaySettings(policies: PolicySet) throws -> RelaySettings {
        var settings = RelaySettings(hostname: "mx.example.com", listener: "mx", checkpoints: Checkpoints(of: policies))
        settings.addsTraceField = false
        for (key, value) in self.settings {
            switch key {
            case "upstream offers", "ehlo", "sockets", "split", "client name": break
            case "trace": settings.addsTraceField = value == "received"
            case "recipients": settings.limits.recipients = try number(value)
            case "command-line": settings.limits.commandLine = try number(value)
            case "header": settings.limits.header = try number(value)
            case "message": settings.limits.message = try number(value)
            case "held": settings.limits.held = try number(value)
            case "spool": settings.spoolBudget = HoldBudget(octets: try number(value))
            case "drained": settings.limits.drained = try number(value)
            case "errors": settings.limits.errors = try number(value)
            case "received": settings.limits.received = try number(value)
            case "eight-bit":
                switch value {
                case "downgrade": settings.eightBit = .downgrade(breakingSignatures: false)
                case "downgrade signed": settings.eightBit = .downgrade(breakingSignatures: true)
                default: throw Malformed(description: "\(name): no such handling: \(value)")
                }
            case "reuse":
                settings.reuse = UpstreamReuse()
                settings.reuse?.transactions = try number(value)
            case "tls":
                settings.clientSecurity = try word(value, ["starttls": .startTLS, "implicit": .implicit])
            case "upstream tls":
                settings.upstreamSecurity = try word(
                    value, ["opportunistic": .opportunistic, "required": .required, "implicit": .implicit]
                )
            case "line-ends": settings.lineEnds = value == "normalise" ? .normalise : .refuse
            case "chunking": settings.sendsChunks = value == "auto"
            case "auth":
                settings.clientAuthentication = try word(
                    value, ["off": .off, "after-tls": .afterTLS, "always": .always]
                )
            case "auth-failures": settings.limits.failedLogins = try number(value)
            case "login": settings.upstreamLogin = try login(value)
            case "identify":
                settings.identify = try word(
                    value, ["xclient": .xclient, "xforward": .xforward, "proxy-v1": .proxyV1, "proxy-v2": .proxyV2]
                )
            case "accept-proxy-protocol": settings.trusted.header = try networks(value)
            case "accept-xclient": settings.trusted.xclient = try networks(value)
            case "pace": settings.timeouts.pace = try number(value)
            default: throw Malformed(description: "\(name): no such setting: \(key)")
            }
        }
        return settings
    }

    /// `password` and `token` are said in clear, too; `far` is a password for another host.
    private func login(_ value: String) throws -> UpstreamLogin {
        let secret: UpstreamLogin.Secret = try word(
            value, ["password": .password("b0ron, i say"), "far": .password("b0ron"), "token": .token("b0ron, i say")]
        )
        return UpstreamLogin(user: "relay", secret: secret, mayBeInClear: value != "far")
    }

    /// What is found of the client: a name that leads back to it, `none`, or `unknown` when nothing can be learnt.
    public var clientNames: ClientNames {
        switch self.settings["client name"] {
        case nil, "none": .none
        case "unknown": .unknown("no answer")
        case let name?: ClientNames(reverse: .found(name), confirmed: .found(name))
        }
    }

    private func word<Value>(_ text: String, _ table: [String: Value]) throws -> Value {
        guard let value = table[text] else { throw Malformed(description: "\(name): no such word: \(text)") }
        return value
    }

    private func networks(_ text: String) throws -> [IPNetwork] {
        try text.split(separator: " ").map { text in
            guard let network = IPNetwork(text) else { throw Malformed(description: "\(name): no network: \(text)") }
            return network
        }
    }

    private func number(_ text: String) throws -> Int {
        guard let number = Int(text) else { throw Malformed(description: "\(name): no number: \(text)") }
        return number
    }
}

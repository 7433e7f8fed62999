import Policy
import PolicyFiles
import RelayCore
import SMTPProtocol

/// What a dialogue has in it beside what its peers say: four octets.
struct DialogueTraits {
    enum Rules: Int, CaseIterable {
        case none, header, message, envelope
    }

    /// In place of the upstream's reply of that number, the greeting being 0.
    enum Fault: Int, CaseIterable {
        case none, closes, saysAndCloses, garbage, transient, permanent, shuttingDown, wrongClass, silent, half, twice
        case early
    }

    var rules = Rules.none
    var clientSecurity = ClientSecurity.none
    var upstreamSecurity = UpstreamSecurity.none
    var sendsChunks = false
    var reuses = false
    var hasSpool = false
    var downgrades = false
    var normalises = false
    var identify = UpstreamIdentification.none
    var logsIn = false
    var trustsHeader = false
    var trustsXClient = false
    var allowsPlainAuthentication = false
    var addsTraceField = false
    /// The client sends two mails by itself, instead of saying what the script has it say.
    var clientIsAutomatic = false
    var clientPipelines = false
    var upstreamPipelines = false
    /// What becomes of the client when the script is over.
    var end = Script.Mark.deadline
    var fault = Fault.none
    var faultPlace = 0

    init(_ octets: [UInt8]) {
        rules = Rules(rawValue: Int(octets[0] & 3)) ?? .none
        clientSecurity = [.none, .startTLS, .none, .implicit][Int(octets[0] >> 2 & 3)]
        upstreamSecurity = [.none, .opportunistic, .required, .implicit][Int(octets[0] >> 4 & 3)]
        sendsChunks = octets[0] & 64 != 0
        reuses = octets[0] & 128 != 0
        hasSpool = octets[1] & 1 != 0
        downgrades = octets[1] & 2 != 0
        normalises = octets[1] & 4 != 0
        identify = [.none, .xclient, .xforward, .proxyV1, .proxyV2, .none, .none, .none][Int(octets[1] >> 3 & 7)]
        logsIn = octets[1] & 64 != 0
        allowsPlainAuthentication = octets[1] & 128 != 0
        trustsHeader = octets[2] & 1 != 0
        trustsXClient = octets[2] & 2 != 0
        addsTraceField = octets[2] & 4 != 0
        clientIsAutomatic = octets[2] & 8 != 0
        clientPipelines = octets[2] & 16 != 0
        upstreamPipelines = octets[2] & 32 == 0
        end = [.deadline, .clientEnds, .clientLost, .shutdown][Int(octets[2] >> 6)]
        fault = Fault(rawValue: Int(octets[3] & 15)) ?? .none
        faultPlace = Int(octets[3] >> 4)
    }

    /// The octets that stand for the traits.
    var octets: [UInt8] {
        var octets: [UInt8] = [0, 0, 0, 0]
        let clients: [ClientSecurity] = [.none, .startTLS, .none, .implicit]
        let upstreams: [UpstreamSecurity] = [.none, .opportunistic, .required, .implicit]
        let identities: [UpstreamIdentification] = [.none, .xclient, .xforward, .proxyV1, .proxyV2]
        let ends: [Script.Mark] = [.deadline, .clientEnds, .clientLost, .shutdown]
        octets[0] = UInt8(rules.rawValue) | UInt8(clients.firstIndex(of: clientSecurity) ?? 0) << 2
        octets[0] |= UInt8(upstreams.firstIndex(of: upstreamSecurity) ?? 0) << 4
        octets[0] |= (sendsChunks ? 64 : 0) | (reuses ? 128 : 0)
        octets[1] = (hasSpool ? 1 : 0) | (downgrades ? 2 : 0) | (normalises ? 4 : 0)
        octets[1] |= UInt8(identities.firstIndex(of: identify) ?? 0) << 3
        octets[1] |= (logsIn ? 64 : 0) | (allowsPlainAuthentication ? 128 : 0)
        octets[2] = (trustsHeader ? 1 : 0) | (trustsXClient ? 2 : 0) | (addsTraceField ? 4 : 0)
        octets[2] |= (clientIsAutomatic ? 8 : 0) | (clientPipelines ? 16 : 0) | (upstreamPipelines ? 0 : 32)
        octets[2] |= UInt8(ends.firstIndex(of: end) ?? 0) << 6
        octets[3] = UInt8(fault.rawValue) | UInt8(faultPlace & 15) << 4
        return octets
    }

    // MARK: Settings

    /// Bounds that a small input can reach.
    static let limits: RelayLimits = {
        var limits = RelayLimits()
        limits.recipients = 5
        limits.commandLine = 256
        limits.header = 400
        limits.message = 600
        limits.held = 200
        limits.drained = 500
        limits.errors = 5
        limits.received = 3
        limits.failedLogins = 3
        return limits
    }()

    var settings: RelaySettings {
        var settings = RelaySettings(
            hostname: "mx.example.com",
            limits: Self.limits,
            addsTraceField: addsTraceField,
            checkpoints: checkpoints,
            holdBudget: HoldBudget(octets: 2000),
            spoolBudget: hasSpool ? HoldBudget(octets: 2000) : nil
        )
        settings.reuse = reuses ? UpstreamReuse() : nil
        settings.clientSecurity = clientSecurity
        settings.upstreamSecurity = upstreamSecurity
        settings.eightBit = downgrades ? .downgrade(breakingSignatures: false) : .require
        settings.sendsChunks = sendsChunks
        settings.lineEnds = normalises ? .normalise : .refuse
        settings.clientAuthentication = allowsPlainAuthentication ? .always : .afterTLS
        if logsIn { settings.upstreamLogin = UpstreamLogin(user: "relay", secret: .password("x"), mayBeInClear: true) }
        settings.identify = identify
        if trustsHeader { settings.trusted.header = Self.clientNetwork }
        if trustsXClient { settings.trusted.xclient = Self.clientNetwork }
        return settings
    }

    static let clientAddress = IPAddress("192.0.2.7")
    private static let clientNetwork = ["192.0.2.0/24"].compactMap { IPNetwork($0) }

    // MARK: Rules

    var policies: PolicySet { Self.policies[rules.rawValue] }
    private var checkpoints: Checkpoints { Self.checkpoints[rules.rawValue] }

    private static let policies = Rules.allCases.map(policies)
    private static let checkpoints = policies.map(Checkpoints.init(of:))

    private static func policies(_ rules: Rules) -> PolicySet {
        let text =
            switch rules {
            case .none: ""
            case .header:
                """
                  - { name: refused, when: { header.subject: refuse }, then: { reject: Refused } }
                  - { name: seen, at: header, then: { add-header: { X-Seen: header } } }
                """
            case .message:
                """
                  - { name: refused, at: message, when: { header.subject: refuse }, then: { reject: Refused } }
                  - name: seen
                    at: message
                    when: { message.size: { over: 10 } }
                    then: { add-header: { X-Seen: message } }
                """
            case .envelope:
                """
                  - { name: journal, when: { sender.local: j }, then: { add-recipient: journal@example.org } }
                  - { name: copy, when: { recipient.local: [b, c] }, then: { add-recipient: [x@example.org] } }
                  - { name: same, when: { recipient.local: [c, d] }, then: { set-recipient: e@example.com } }
                  - { name: closed, when: { recipient.local: closed }, then: { reject: Closed } }
                  - { name: slow, when: { recipient.local: [d, slow] }, then: { delay: 1s } }
                  - { name: late, at: message, when: { message.size: { over: 100 } }, then: { delay: 1s } }
                """
            }
        guard !text.isEmpty else { return .empty }
        guard let set = PolicyFile.load(text: "policy: fuzz\nrules:\n\(text)\n", path: "p.yaml").set else {
            fatalError("a policy that loads: \(text)")
        }
        return set
    }

    /// What rules put on top of each message.
    var addedHeader: String {
        switch rules {
        case .none, .envelope: ""
        case .header: "X-Seen: header\r\n"
        case .message: "X-Seen: message\r\n"
        }
    }
}

import Policy
import PolicyFiles
import RelayCore
import SMTPProtocol
import Testing

/// What a run of `Simulation` has in it beside its fault.
struct Features: Hashable, Sendable, CustomTestStringConvertible {
    enum Rules: CaseIterable, Sendable {
        case none
        /// One that refuses by the header section, and one that changes it.
        case header
        /// One that changes the header section by what the whole message shows: the message is held.
        case message
    }

    enum Encryption: CaseIterable, Sendable {
        case none, opportunistic, required
    }

    var rules = Rules.none
    /// The upstream offers PIPELINING.
    var isPipelined = true
    /// The client says MAIL and RCPT in one go.
    var clientPipelines = false
    var sendsChunks = false
    var clientTLS = false
    var upstreamTLS = Encryption.none
    /// Two sessions share a connection.
    var reuses = false
    /// A message that streams.
    var isLarge = false
    /// Octets in which the peers' words come; 0 for all at once.
    var piece = 0

    var testDescription: String {
        var words = ["rules \(rules)", isPipelined ? "pipelining" : "no pipelining"]
        if clientPipelines { words.append("client pipelines") }
        if sendsChunks { words.append("chunks") }
        if clientTLS { words.append("TLS with the client") }
        if upstreamTLS != .none { words.append("TLS upstream \(upstreamTLS)") }
        if reuses { words.append("reuse") }
        if isLarge { words.append("large") }
        if piece > 0 { words.append("pieces of \(piece)") }
        return words.joined(separator: ", ")
    }

    /// Each combination of rules, pipelining, chunks and TLS, and the rest of it spread over them.
    static let all: [Features] = {
        var all: [Features] = []
        for rules in Rules.allCases {
            for upstreamTLS in Encryption.allCases {
                for bits in 0..<8 {
                    let number = all.count
                    all.append(
                        Features(
                            rules: rules, isPipelined: bits & 1 == 0, clientPipelines: bits & 2 == 0,
                            sendsChunks: bits & 4 != 0, clientTLS: (number / 2) % 2 == 1, upstreamTLS: upstreamTLS,
                            reuses: number % 3 != 1, isLarge: number % 7 == 3, piece: [0, 1, 0, 5][number % 4]
                        )
                    )
                }
            }
        }
        return all
    }()

    var settings: RelaySettings {
        var settings = RelaySettings(
            hostname: "mx.example.com",
            addsTraceField: false,
            checkpoints: Checkpoints(of: policies),
            holdBudget: HoldBudget(octets: 1 << 20)
        )
        settings.reuse = reuses ? UpstreamReuse() : nil
        settings.sendsChunks = sendsChunks
        settings.clientSecurity = clientTLS ? .startTLS : .none
        settings.upstreamSecurity =
            switch upstreamTLS {
            case .none: .none
            case .opportunistic: .opportunistic
            case .required: .required
            }
        return settings
    }

    var policies: PolicySet {
        switch rules {
        case .none: .empty
        case .header: Self.headerRules
        case .message: Self.messageRules
        }
    }

    /// What rules put on top of a message.
    var addedHeader: String {
        switch rules {
        case .none: ""
        case .header: "X-Seen: header\r\n"
        case .message: "X-Seen: message\r\n"
        }
    }

    private static let headerRules = load(
        """
        policy: test
        rules:
          - { name: refused, when: { header.subject: refuse }, then: { reject: Refused } }
          - { name: seen, at: header, then: { add-header: { X-Seen: header } } }
        """
    )
    private static let messageRules = load(
        """
        policy: test
        rules:
          - { name: refused, at: message, when: { header.subject: refuse }, then: { reject: Refused } }
          - name: seen
            at: message
            when: { message.size: { over: 10 } }
            then: { add-header: { X-Seen: message } }
        """
    )

    private static func load(_ text: String) -> PolicySet {
        guard let set = PolicyFile.load(text: text, path: "p.yaml").set else {
            fatalError("a policy that loads: \(text)")
        }
        return set
    }
}

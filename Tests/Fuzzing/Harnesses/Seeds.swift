import TranscriptKit

extension Harness {
    /// What fuzzing begins with, beside the corpus that is kept: made from the transcripts, the manuals and samples.
    public func seeds() throws -> [(name: String, octets: [UInt8])] {
        switch self {
        case .client, .upstream:
            let transcripts = try Transcript.all(file: SeedTexts.placeOfTranscripts).map { transcript in
                (name: transcript.name, octets: Script.octets(of: transcript, forBothPeers: self == .upstream))
            }
            return transcripts + Self.numbered(automatic())
        case .header:
            return Self.numbered(
                SeedTexts.messages.map { [0, 0, 0, 0] + Array($0.replacing("\n", with: "\r\n").utf8) })
        case .words: return Self.numbered(SeedTexts.encodedWords.map { Array($0.utf8) })
        case .policy: return Self.numbered(try SeedTexts.policies().map { Array($0.utf8) })
        case .configuration: return Self.numbered(try SeedTexts.configurations().map { Array($0.utf8) })
        case .proxy: return Self.numbered(SeedTexts.proxyHeaders.map { [0, 0] + $0 })
        case .command: return Self.numbered(try SeedTexts.linesOfClients().map { [0, 0] + $0 })
        }
    }

    private static func numbered(_ seeds: [[UInt8]]) -> [(name: String, octets: [UInt8])] {
        seeds.enumerated().map { ("seed-\($0.offset)", $0.element) }
    }

    /// Dialogues of a peer that does what it should with one that answers by itself, for each way to connect.
    private func automatic() -> [[UInt8]] {
        (0...255).map { number in
            var traits = DialogueTraits([UInt8(number), UInt8(number &* 7 & 255), 8, 0])
            traits.trustsHeader = false
            traits.clientPipelines = number % 3 == 0
            return traits.octets + (self == .client ? Self.wordsOfClient : Self.wordsOfUpstream(traits))
        }
    }

    private static let wordsOfClient: [UInt8] = {
        let mail =
            "MAIL FROM:<j@example.net>\r\nRCPT TO:<b@example.com>\r\nRCPT TO:<no-c@example.com>\r\nDATA\r\n"
            + "Subject: take\r\n\r\n..\r\ntext\r\n.\r\n"
        let parts = ["EHLO client.example\r\n", "STARTTLS\r\n", "EHLO client.example\r\n", mail, mail, "QUIT\r\n"]
        return parts.enumerated().flatMap {
            $0.offset == 1 ? Array($0.element.utf8) + [255, 0x73] : Array($0.element.utf8)
        }
    }()

    private static func wordsOfUpstream(_ traits: DialogueTraits) -> [UInt8] {
        let ok = "250 2.0.0 Ok\r\n"
        let mark: [UInt8] = [255, 0x7C]
        let secured: [UInt8] = traits.upstreamSecurity == .implicit ? [255, 0x53] : []
        let hello = "250-up.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-CHUNKING\r\n250 SIZE 1000\r\n"
        var said: [UInt8] = [255, 0x6B] + secured + Array("220 up.example\r\n".utf8) + mark
        said += Array(hello.utf8) + mark
        for _ in 0..<2 {
            for reply in [ok, ok, ok, "354 Go ahead\r\n", ok] { said += Array(reply.utf8) + mark }
        }
        return said + Array("221 2.0.0 Bye\r\n".utf8)
    }
}

extension Script {
    /// A transcript as a script: of both peers, or of the client alone.
    static func octets(of transcript: Transcript, forBothPeers isForBoth: Bool) -> [UInt8] {
        var octets = DialogueTraits(transcript).octets
        var speaker = isForBoth ? Mark.upstream : .client
        func mark(_ mark: Mark) { octets += [255, mark.rawValue] }
        func say(_ said: [UInt8], by peer: Mark) {
            mark(peer == speaker ? .cut : peer)
            speaker = peer
            octets += said.flatMap { $0 == 255 ? [255, 255] : [$0] }
        }
        for (_, step) in transcript.steps {
            switch step {
            case .clientSays(let said): say(said, by: .client)
            case .upstreamSays(let said): if isForBoth { say(said, by: .upstream) }
            case .clientHears, .upstreamHears: break
            case .event(let event): if let happens = Mark(event), isForBoth || happens.isOfClient { mark(happens) }
            }
        }
        return octets
    }
}

extension Script.Mark {
    fileprivate init?(_ event: Transcript.Event) {
        switch event {
        case .connect: self = .upstreamConnects
        case .unreachable: self = .upstreamUnreachable
        case .upstreamCloses: self = .upstreamCloses
        case .clientCloses: self = .clientLost
        case .anotherClient: self = .anotherClient
        case .clientEnds: self = .clientEnds
        case .clientSecures: self = .clientSecured
        case .clientFailsToSecure: self = .clientInsecure
        case .upstreamSecures: self = .upstreamSecured
        case .upstreamFailsToSecure: self = .upstreamInsecure
        case .timePasses: self = .deadline
        case .shutdown: self = .shutdown
        case .shutdownNow: self = .shutdownNow
        case .upstreamClosed, .clientClosed, .noConnection: return nil
        }
    }

    fileprivate var isOfClient: Bool {
        switch self {
        case .cut, .client, .deadline, .clientEnds, .clientLost, .clientClogs, .clientDrains, .clientSecured,
            .clientInsecure, .anotherClient, .shutdown, .shutdownNow:
            true
        case .upstream, .upstreamConnects, .upstreamUnreachable, .upstreamCloses, .upstreamClogs, .upstreamDrains,
            .upstreamSecured, .upstreamInsecure, .spoolFails:
            false
        }
    }
}

extension DialogueTraits {
    /// As near as traits come to what a transcript asks for.
    fileprivate init(_ transcript: Transcript) {
        self.init([0, 0, 0, 0])
        let settings = transcript.settings
        if let policy = transcript.policy { rules = policy.contains("message") ? .message : .header }
        clientSecurity =
            switch settings["tls"] {
            case "starttls": .startTLS
            case "implicit": .implicit
            default: .none
            }
        upstreamSecurity =
            switch settings["upstream tls"] {
            case "opportunistic": .opportunistic
            case "required": .required
            case "implicit": .implicit
            default: .none
            }
        identify =
            switch settings["identify"] {
            case "xclient": .xclient
            case "xforward": .xforward
            case "proxy-v1": .proxyV1
            case "proxy-v2": .proxyV2
            default: .none
            }
        sendsChunks = settings["chunking"] == "auto"
        reuses = settings["reuse"] != nil
        hasSpool = settings["spool"] != nil
        downgrades = settings["eight-bit"] != nil
        normalises = settings["line-ends"] == "normalise"
        logsIn = settings["login"] != nil
        allowsPlainAuthentication = settings["auth"] == "always"
        trustsHeader = settings["accept-proxy-protocol"] != nil
        trustsXClient = settings["accept-xclient"] != nil
        addsTraceField = settings["trace"] == "received"
    }
}

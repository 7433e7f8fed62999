import NIOCore
import Policy
import PolicyFiles
import RelayCore
import SMTPProtocol
import Testing
import TranscriptKit

/// Rules edit the envelope in every way, the upstream takes and refuses as it likes: each command has one reply, in
/// order, and the upstream hears only what it may.
@Suite struct EnvelopeFuzzTests {
    private static let policy = """
        policy: test
        rules:
          - { name: journal, when: { sender.local: j }, then: { add-recipient: journal@example.org } }
          - { name: worm, when: { sender.local: worm }, then: discard }
          - { name: copy, when: { recipient.local: [b, c] }, then: { add-recipient: [x@example.org, y@example.org] } }
          - { name: same, when: { recipient.local: [c, d] }, then: { set-recipient: e@example.com } }
          - { name: gone, when: { recipient.local: gone }, then: drop-recipient }
          - { name: trap, when: { recipient.local: trap }, then: discard }
          - { name: closed, when: { recipient.local: closed }, then: { reject: Closed } }
          - { name: slow, when: { recipient.local: [d, trap] }, then: { delay: 1s } }
          - { name: subject, when: { header.subject: worm }, then: discard }
          - { name: late, at: message, when: { message.size: { over: 100 } }, then: [{ delay: 1s }, discard] }
        """

    private static let recipients = ["b", "c", "d", "e", "gone", "trap", "closed", "x", "f"]

    @Test(arguments: 0..<60 as Range<UInt64>)
    func eachCommandHasOneReply(_ seed: UInt64) throws {
        let policies = try #require(PolicyFile.load(text: Self.policy, path: "p.yaml").set)
        var random = ClientFuzzTests.Generator(state: seed)
        for _ in 0..<30 {
            var dialogue = Dialogue(policies: policies, random: random)
            dialogue.run()
            random = dialogue.random
            #expect(dialogue.faults == [], "seed \(seed): \(dialogue.said) \(dialogue.heard)")
        }
    }

    /// One session; the client speaks in pieces of a pipeline, and the upstream answers whenever it likes.
    private struct Dialogue: ~Copyable {
        var random: ClientFuzzTests.Generator
        let policies: PolicySet
        var session: RelaySession
        var upstream = ChoosyUpstream()
        var reader = StrictReader(isInstant: true)
        var now = Moment(nanoseconds: 1)
        /// The commands, and the messages, that want a reply.
        var said: [String] = []
        var heard: [String] = []
        var faults: [String] = []
        var awaited: [UInt8] = []

        init(policies: PolicySet, random: ClientFuzzTests.Generator) {
            self.policies = policies
            self.random = random
            var settings = RelaySettings(hostname: "mx.example.com", checkpoints: Checkpoints(of: policies))
            settings.limits.recipients = 6
            session = RelaySession(settings: settings, identifier: "0000000001")
        }

        mutating func run() {
            handle(.accepted(ClientIdentity(address: nil), capabilities: nil))
            say(["EHLO client.example"])
            for _ in 0..<4 { runTransaction() }
            settle()
            if heard.count != said.count + 1 { faults.append("\(said.count + 1) replies due, \(heard.count) heard") }
            faults += upstream.faults + reader.faults
        }

        private mutating func runTransaction() {
            let sender = ["a", "j", "worm"].randomElement(using: &random) ?? "a"
            var commands = ["MAIL FROM:<\(sender)@example.net>"]
            for _ in 0..<Int.random(in: 0...5, using: &random) {
                let name = EnvelopeFuzzTests.recipients.randomElement(using: &random) ?? "b"
                commands.append("RCPT TO:<\(name)@example.com>")
            }
            if Bool.random(using: &random) {
                say(commands)
            } else {
                for command in commands { say([command]) }
            }
            settle()
            guard Int.random(in: 0..<4, using: &random) > 0 else { return say(["RSET"]) }
            say(["DATA"])
            settle()
            guard heard.last?.hasPrefix("354") == true else { return say(["RSET"]) }
            let subject = Bool.random(using: &random) ? "worm" : "x"
            let body = String(repeating: "text ", count: Int.random(in: 0...30, using: &random))
            said.append("(message)")
            handle(.clientBytes(ByteBuffer(string: "Subject: \(subject)\r\n\r\n\(body)\r\n.\r\n")))
            settle()
        }

        private mutating func say(_ commands: [String]) {
            said += commands
            handle(.clientBytes(ByteBuffer(string: commands.map { $0 + "\r\n" }.joined())))
            if Bool.random(using: &random) { answer() }
        }

        /// Lets the upstream answer, and time pass, until nothing is awaited.
        private mutating func settle() {
            for _ in 0..<40 where heard.count < said.count + 1 {
                if awaited.isEmpty {
                    now.nanoseconds &+= 1_000_000_000
                    handle(.deadline)
                } else {
                    answer()
                }
            }
        }

        private mutating func answer() {
            let count = Bool.random(using: &random) ? awaited.count : Int.random(in: 0...awaited.count, using: &random)
            let octets = awaited.prefix(count)
            awaited.removeFirst(count)
            if !octets.isEmpty { handle(.upstreamBytes(ByteBuffer(bytes: octets))) }
        }

        private mutating func handle(_ event: RelayEvent) {
            if case .upstreamBytes(let bytes) = event { reader.upstreamSays(bytes.readableBytesView) }
            session.handle(event, at: now)
            while let stage = session.checkpoint {
                session.handle(.verdict(policies.evaluate(stage, session.facts)), at: now)
            }
            let output = session.output
            session.output = RelayOutput()
            for piece in output.toUpstream { reader.relaySays(piece.readableBytesView) }
            heard += String(buffer: output.toClient).split(separator: "\r\n").map(String.init)
                .filter { $0.dropFirst(3).first != "-" }
            for piece in output.toUpstream { awaited += upstream.receive(piece, &random) }
            for action in output.actions {
                switch action {
                case .askCapabilities: handle(.capabilities(nil))
                case .connectUpstream:
                    faults += reader.faults
                    reader = StrictReader(isInstant: true)
                    awaited = Array("220 up.example\r\n".utf8)
                    handle(.upstreamConnected("up"))
                case .closeUpstream:
                    awaited = []
                    upstream.close()
                default: break
                }
            }
        }
    }

    /// An upstream that refuses some of what it is asked, and knows what it may be asked.
    private struct ChoosyUpstream {
        private(set) var faults: [String] = []
        private var line = ""
        private var isInContent = false
        private var isInTransaction = false
        private var accepted: [String] = []

        mutating func close() {
            self = ChoosyUpstream(faults: faults)
        }

        init(faults: [String] = []) {
            self.faults = faults
        }

        mutating func receive(_ octets: ByteBuffer, _ random: inout ClientFuzzTests.Generator) -> [UInt8] {
            var answers = ""
            for scalar in String(buffer: octets).unicodeScalars {
                line.unicodeScalars.append(scalar)
                guard scalar == "\n" else { continue }
                let complete = line.filter { $0 != "\r\n" }
                line = ""
                if !isInContent {
                    answers += answer(complete, &random) + "\r\n"
                } else if complete == "." {
                    isInContent = false
                    end()
                    answers += "250 2.0.0 Queued\r\n"
                }
            }
            return Array(answers.utf8)
        }

        private mutating func answer(_ command: String, _ random: inout ClientFuzzTests.Generator) -> String {
            let isRefused = Int.random(in: 0..<4, using: &random) == 0
            switch command.prefix(4) {
            case "EHLO": return "250-up.example\r\n250-PIPELINING\r\n250 DSN"
            case "MAIL":
                if isInTransaction { faults.append("nested MAIL") }
                if command.contains("worm") { faults.append("heard of \(command)") }
                isInTransaction = !isRefused
                return isRefused ? "550 5.7.1 No" : "250 2.1.0 Ok"
            case "RCPT":
                guard isInTransaction else { return "503 5.5.1 Need MAIL" }
                check(command)
                if !isRefused { accepted.append(command) }
                return isRefused ? "450 4.2.1 Busy" : "250 2.1.5 Ok"
            case "DATA":
                if accepted.isEmpty { faults.append("DATA without recipients") }
                isInContent = true
                return "354 Go ahead"
            default:
                end()
                return "250 2.0.0 Ok"
            }
        }

        /// Whether a recipient may be asked for, after what was accepted.
        private mutating func check(_ command: String) {
            for name in ["c", "d", "gone", "trap", "closed"] where command.contains("<\(name)@") {
                faults.append("heard of \(name)")
            }
            let isAddition = command.contains("example.org")
            if isAddition, accepted.contains(command) { faults.append("heard twice of \(command)") }
            let additions = ["<x@example.org>", "<y@example.org>"]
            let hasAdditions = additions.allSatisfy { path in accepted.contains { $0.contains(path) } }
            if command.contains("<b@"), !hasAdditions { faults.append("heard of b before its additions") }
            if accepted.count >= 6 { faults.append("more recipients than the limit") }
        }

        private mutating func end() {
            isInTransaction = false
            accepted = []
        }
    }
}

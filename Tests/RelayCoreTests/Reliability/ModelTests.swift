import Foundation
import NIOCore
import Policy
import RelayCore
import SMTPProtocol
import Testing
import TranscriptKit

/// Random dialogues, in which the relay and the reference machine say the same and have the same mail.
@Suite struct ModelTests {
    typealias Generator = ClientFuzzTests.Generator

    /// `GATEPOST_SEQUENCES` says how many dialogues there are in all.
    static let sequences = ProcessInfo.processInfo.environment["GATEPOST_SEQUENCES"].flatMap { Int($0) } ?? 1600
    static let shares = 16

    @Test(arguments: 0..<shares)
    func saysWhatTheReferenceMachineSays(_ share: Int) {
        var random = Generator(state: UInt64(share))
        for number in 0..<(Self.sequences / Self.shares) {
            var dialogue = Dialogue(random)
            dialogue.run()
            random = dialogue.random
            guard dialogue.differences.isEmpty else {
                Issue.record(
                    "share \(share), \(number): \(dialogue.differences)\n\(dialogue.said.joined(separator: "\n"))")
                return
            }
        }
    }

    private struct Dialogue: ~Copyable {
        var random: Generator
        private var relay: DirectRelay
        private var machine = ReferenceMachine()
        private(set) var said: [String] = []
        private(set) var differences: [String] = []
        private var heard: [Int] = []

        init(_ random: Generator) {
            self.random = random
            var settings = RelaySettings(hostname: "mx.example.com", addsTraceField: false)
            settings.limits.errors = 1000
            // Who the sender is decides what becomes of DATA.
            var sender = ""
            var isOpen = false
            relay = DirectRelay(settings) { request in
                switch request {
                case .mail(let path):
                    sender = path
                    isOpen = Self.refusal(path) == nil
                    return Self.refusal(path) ?? "250 2.1.0 Ok"
                case .recipient where !isOpen: return "503 5.5.1 Need MAIL"
                case .recipient(let path): return Self.refusal(path) ?? "250 2.1.5 Ok"
                case .data: return sender.hasPrefix("nodata-") ? "554 5.3.0 No" : "354 Go ahead"
                case .endOfData: return sender.hasPrefix("noend-") ? "552 5.3.4 No" : "250 2.0.0 Ok"
                case .other: return "252 2.0.0 Perhaps"
                default: return "250 2.0.0 Ok"
                }
            }
        }

        private static func refusal(_ path: String) -> String? {
            path.hasPrefix("no-") ? "550 5.1.1 No" : path.hasPrefix("later-") ? "450 4.2.0 Later" : nil
        }

        mutating func run() {
            for _ in 0..<Int.random(in: 1...12, using: &random) where !machine.isClosed {
                switch Int.random(in: 0..<20, using: &random) {
                case 0:
                    said.append("(upstream closes)")
                    if relay.isConnected {
                        relay.happens(.upstreamClosed)
                        machine.upstreamIsLost()
                    }
                case 1...5: speak(pipeline())
                default: speak([step()])
                }
                compare()
                if !differences.isEmpty { return }
            }
            relay.happens(Bool.random(using: &random) ? .clientLost : .clientEnded)
            let mails = relay.takeMails().filter { $0.code == 250 }
            let taken = mails.map { ReferenceMachine.Mail(sender: $0.sender, recipients: $0.recipients) }
            if taken != machine.mails { differences.append("\(taken) is there, \(machine.mails) should be") }
            differences += relay.faults
            if !relay.clientIsClosed { differences.append("the session does not end") }
        }

        /// Says the steps in one piece, or in pieces that part anywhere; but a message waits for its 354.
        private mutating func speak(_ steps: [ReferenceMachine.Step]) {
            var text = ""
            for (index, step) in steps.enumerated() {
                var step = step
                step.isFollowed = index < steps.count - 1
                said.append(step.line.count > 200 ? "(long line)" : step.line.debugDescription)
                text += step.line + "\r\n"
                machine.take(step)
            }
            let isWhole = steps.contains { $0.line.uppercased().hasPrefix("DATA") }
            relay.say(text.utf8, piece: isWhole ? 0 : [0, 0, 1, 3, 17].randomElement(using: &random) ?? 0)
            guard machine.codes.last == 354, let message = steps.last?.message else { return }
            said.append(message.debugDescription)
            heard += relay.takeCodes()
            guard heard == machine.codes else { return }
            machine.end(message)
            relay.say((message + "\r\n.\r\n").utf8, piece: [0, 1, 5].randomElement(using: &random) ?? 0)
        }

        private mutating func compare() {
            heard += relay.takeCodes()
            if heard != machine.codes { differences.append("\(heard) was heard, \(machine.codes) should be") }
            guard differences.isEmpty, !machine.isClosed else { return }
            let sender = relay.session.facts.sender
            if (sender != nil) != (machine.transaction != nil) {
                differences.append("sender \(String(describing: sender)), \(String(describing: machine.transaction))")
            }
            if machine.hasHello != (relay.session.facts.helo != nil) { differences.append("another hello") }
            if relay.clientIsClosed { differences.append("the session has ended") }
        }

        private mutating func pipeline() -> [ReferenceMachine.Step] {
            if Bool.random(using: &random) {
                var envelope = [step("MAIL"), step("RCPT"), step("RCPT")]
                for index in envelope.indices {
                    envelope[index].line = envelope[index].line.replacing(" NOTIFY=NEVER", with: "")
                }
                return Int.random(in: 0..<3, using: &random) > 0 ? envelope + [step("DATA")] : envelope
            }
            // What is wrong with a recipient is said before it is known that MAIL before it is refused.
            return (0..<Int.random(in: 2...5, using: &random)).map { _ in
                var step = step()
                step.line = step.line.replacing(" NOTIFY=NEVER", with: "")
                return step
            }
        }

        private mutating func step(_ verb: String? = nil) -> ReferenceMachine.Step {
            let verbs = [
                "EHLO", "HELO", "MAIL", "MAIL", "MAIL", "RCPT", "RCPT", "RCPT", "RCPT", "DATA", "DATA", "DATA", "RSET",
                "NOOP",
                "HELP", "VRFY", "AUTH", "STARTTLS", "BDAT", "TURN", "FOO", "bad", "long", "QUIT",
            ]
            let kind = ["", "", "", "", "no-", "later-"].randomElement(using: &random) ?? ""
            let number = Int.random(in: 0..<100, using: &random)
            switch verb ?? verbs.randomElement(using: &random) ?? "NOOP" {
            case "EHLO": return .init(line: pick(["EHLO client.example", "ehlo [192.0.2.7]", "EHLO"]))
            case "HELO": return .init(line: pick(["HELO client.example", "helo x", "HELO"]))
            case "MAIL":
                let sender = pick(["", "", "", kind, "nodata-", "noend-"]) + "s\(number)@example.net"
                return .init(
                    line: "\(pick(["MAIL FROM:", "mail from: "]))<\(sender)>"
                        + pick(["", "", "", "", " SIZE=100", " X=1", " SIZE=9999999999"])
                ).damaged(Int.random(in: 0..<12, using: &random) == 0)
            case "RCPT":
                return .init(
                    line: "\(pick(["RCPT TO:", "rcpt to: "]))<\(kind)r\(number)@example.com>"
                        + pick(["", "", "", "", "", " NOTIFY=NEVER"])
                ).damaged(Int.random(in: 0..<12, using: &random) == 0)
            case "DATA":
                let message = pick([
                    "Subject: x\r\n\r\nbody", "Subject: x\r\n\r\n..dot\r\n...", "", "no header", "a\nb", "a\rb", "a\0b",
                    "\n.\n",
                ])
                return .init(line: pick(["DATA", "DATA", "DATA", "data", "DATA x"]), message: message)
            case "RSET": return .init(line: pick(["RSET", "RSET", "rset", "RSET x"]))
            case "VRFY": return .init(line: pick(["VRFY a", "VRFY"]))
            case "AUTH": return .init(line: "AUTH PLAIN AGEAYg==")
            case "BDAT": return .init(line: "BDAT 0 LAST")
            case "bad": return .init(line: "NO\u{7}OP")
            case "long": return .init(line: "NOOP " + String(repeating: "x", count: 4100))
            case let other: return .init(line: other)
            }
        }

        private mutating func pick(_ texts: [String]) -> String { texts.randomElement(using: &random) ?? "" }
    }
}

extension ReferenceMachine.Step {
    fileprivate func damaged(_ isDamaged: Bool) -> Self {
        isDamaged ? .init(line: line.filter { $0 != "<" }) : self
    }
}

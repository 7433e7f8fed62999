import NIOCore
import SMTPProtocol
import Testing

@Suite("Properties of commands") struct CommandPropertyTests {
    @Test("printing and parsing are inverse") func inverse() {
        var random = SplitMix64(seed: 5321)
        for _ in 0..<4000 {
            let command = random.command()
            let line = printed(command)
            guard (try? parsed(String(line.unicodeScalars.dropLast(2).map(Character.init)))) == command else {
                Issue.record("\(command) is printed as \(line)")
                return
            }
        }
    }

    @Test("no line traps, and what is understood survives printing") func fuzz() {
        var random = SplitMix64(seed: 821)
        let seeds = (CommandParsingTests.lines.map(\.line) + CommandErrorTests.lines.map(\.line)).map { Array($0.utf8) }
        let octets = Array("<>@:\"\\[].,= \t\r\n\0aZ0-+".utf8) + [0x7F, 0x80, 0xC2, 0xC3, 0xE4, 0xFF]
        for _ in 0..<100_000 {
            var line = random.chance(oneIn: 8) ? random.octets(of: octets, 0...40) : random.pick(seeds)
            for _ in 0..<random.number(0...3) where !line.isEmpty {
                let index = random.number(0...line.count - 1)
                switch random.number(0...3) {
                case 0: line[index] = random.pick(octets)
                case 1: line.insert(random.pick(octets), at: index)
                case 2: line.remove(at: index)
                default: line.append(contentsOf: random.pick(seeds).suffix(random.number(1...8)))
                }
            }
            let outcome = Self.outcome(line)
            if let outcome {
                Issue.record("\(shown(line)): \(outcome)")
                return
            }
        }
    }

    /// What is wrong with how a line is understood.
    private static func outcome(_ line: [UInt8]) -> String? {
        let command: Command
        do {
            command = try Command(parsing: ByteBuffer(bytes: line))
        } catch {
            return error.reply.code.severity == .permanentNegative ? nil : "the reply is \(error.reply)"
        }
        var buffer = ByteBuffer()
        command.write(into: &buffer)
        let octets = buffer.octets
        guard octets.suffix(2) == [0x0D, 0x0A], octets.dropLast(2).allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            return "it is printed as \(shown(octets))"
        }
        let again = try? Command(parsing: ByteBuffer(bytes: octets.dropLast(2)))
        return again == command ? nil : "\(command) becomes \(String(describing: again))"
    }
}

extension SplitMix64 {
    fileprivate mutating func command() -> Command {
        switch pick(Verb.allCases) {
        case .helo: .helo(HeloArgument(words()))
        case .ehlo: .ehlo(HeloArgument(words()))
        case .lhlo: .lhlo(HeloArgument(words()))
        case .mail: .mail(reversePath(), parameters())
        case .rcpt: .rcpt(chance(oneIn: 5) ? .postmaster : .mailbox(mailbox()), parameters())
        case .data: .data
        case .rset: .rset
        case .vrfy: .vrfy(words())
        case .expn: .expn(words())
        case .help: .help(chance(oneIn: 2) ? nil : words())
        case .noop: .noop(chance(oneIn: 2) ? nil : words())
        case .quit: .quit
        case .bdat: .bdat(octets: number(0...Int.max), isLast: chance(oneIn: 2))
        case .startTLS: .startTLS
        case .auth:
            .auth(
                mechanism: text(of: "ABC09-_", 1...20),
                initialResponse: chance(oneIn: 2) ? nil : Credential(text(of: "abcABC019+/=", 1...40)))
        case .etrn: .etrn(words())
        case .turn: .turn
        case .send: .send(reversePath())
        case .soml: .soml(reversePath())
        case .saml: .saml(reversePath())
        case .xclient: .xclient(attributes())
        case .xforward: .xforward(attributes())
        }
    }

    private mutating func attributes() -> [ClientAttribute] {
        let names = ClientAttribute.Name.allCases.shuffled(using: &self)
        return names.prefix(number(1...names.count)).map {
            ClientAttribute($0, pick([.unavailable, .temporarilyUnavailable, .text(text(of: "aZ+=[] :ü", 0...40))]))
        }
    }

    private mutating func words() -> String {
        "x" + text(of: "ab .<>@\"[]:ü例", 0...20) + "x"
    }

    private mutating func reversePath() -> ReversePath {
        chance(oneIn: 5) ? .null : .mailbox(mailbox())
    }

    private mutating func mailbox() -> Mailbox {
        let localPart = LocalPart(text(of: "abcXYZ019.+_\"\\ @<>ü例", 0...30))
        let domain: MailboxDomain? =
            switch number(0...4) {
            case 0: .literal(.ip(IPAddress(v4: UInt32(truncatingIfNeeded: next()))))
            case 1: .literal(.ip(IPAddress(v6High: next(), low: next())))
            case 2: .literal(.general(tag: "x" + text(of: "abZ9-", 0...5) + "y", content: text(of: "ab!~^.:", 1...9)))
            default:
                Domain((0...number(0...4)).map { _ in "a" + text(of: "bZ9-ü", 0...8) + "c" }.joined(separator: "."))
                    .map(MailboxDomain.domain)
            }
        guard let localPart, let domain else { fatalError("the generator makes valid parts") }
        return Mailbox(localPart: localPart, domain: domain)
    }

    private mutating func parameters() -> ESMTPParameters {
        ESMTPParameters(
            (0..<number(0...4)).compactMap { _ in
                ESMTPParameter("A" + text(of: "BCD01-", 0...3), chance(oneIn: 3) ? nil : text(of: "aZ0<>+;,.ü", 1...12))
            })
    }
}

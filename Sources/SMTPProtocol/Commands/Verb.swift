/// The commands that are known, by their first word.
public enum Verb: String, CaseIterable, Hashable, Sendable {
    case helo = "HELO"
    case ehlo = "EHLO"
    case lhlo = "LHLO"
    case mail = "MAIL"
    case rcpt = "RCPT"
    case data = "DATA"
    case rset = "RSET"
    case vrfy = "VRFY"
    case expn = "EXPN"
    case help = "HELP"
    case noop = "NOOP"
    case quit = "QUIT"
    case bdat = "BDAT"
    case startTLS = "STARTTLS"
    case auth = "AUTH"
    case etrn = "ETRN"
    case turn = "TURN"
    case send = "SEND"
    case soml = "SOML"
    case saml = "SAML"
    case xclient = "XCLIENT"
    case xforward = "XFORWARD"

    /// A verb in any case.
    public init?(_ text: some StringProtocol) {
        guard let verb = text.parsed({ $0.takeVerb() }) else { return nil }
        self = verb
    }
}

extension OctetReader {
    /// Takes the first word of a line, up to a space or the end.
    mutating func takeVerb() -> Verb? {
        let word = takeRun { $0 != .space }
        switch word.count {
        case 4:
            // Without bit 5 a letter is in upper case, and nothing but a letter becomes one.
            return Verb(fourLetters: word.reduce(0) { $0 << 8 | UInt32(self[$1] & 0xDF) })
        case 7:
            return isWord(word, "XCLIENT") ? .xclient : nil
        case 8:
            return isWord(word, "STARTTLS") ? .startTLS : isWord(word, "XFORWARD") ? .xforward : nil
        default:
            return nil
        }
    }

    private func isWord(_ range: Range<Int>, _ word: StaticString) -> Bool {
        var whole = OctetReader(octets(range))
        return whole.take(word: word)
    }
}

extension Verb {
    /// The letters in ASCII, the first one in the highest octet.
    fileprivate init?(fourLetters: UInt32) {
        switch fourLetters {
        case 0x4845_4C4F: self = .helo
        case 0x4548_4C4F: self = .ehlo
        case 0x4C48_4C4F: self = .lhlo
        case 0x4D41_494C: self = .mail
        case 0x5243_5054: self = .rcpt
        case 0x4441_5441: self = .data
        case 0x5253_4554: self = .rset
        case 0x5652_4659: self = .vrfy
        case 0x4558_504E: self = .expn
        case 0x4845_4C50: self = .help
        case 0x4E4F_4F50: self = .noop
        case 0x5155_4954: self = .quit
        case 0x4244_4154: self = .bdat
        case 0x4155_5448: self = .auth
        case 0x4554_524E: self = .etrn
        case 0x5455_524E: self = .turn
        case 0x5345_4E44: self = .send
        case 0x534F_4D4C: self = .soml
        case 0x5341_4D4C: self = .saml
        default: return nil
        }
    }
}

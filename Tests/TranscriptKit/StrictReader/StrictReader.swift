/// Reads again what was sent upstream on one connection, as a server would that believes nothing.
///
/// It was written from the RFCs alone and shares no code with what it reads after. What it finds wrong is in `faults`;
/// what it took for mail is in `mails`. It also hears the upstream: only then is it known which octets are content.
///
/// It insists on: lines that end in CRLF and hold no other CR, LF or NUL; commands spelt as one serialiser spells
/// them, with parameters that EHLO has offered; no command where RFC 2920 has the client wait; one message for one
/// MAIL, to recipients that were accepted; dots doubled; nothing at all towards an upstream that has said what nobody
/// asked for.
public struct StrictReader {
    /// A message whose end was sent.
    public struct Mail: Sendable {
        public let sender: String
        /// Those that the upstream had accepted.
        public let recipients: [String]
        /// Without doubled dots and the final one.
        public let content: [UInt8]
        /// What the upstream said to it; nil as long as it has not.
        public internal(set) var code: Int?
        /// It came as a chunk, and the RSET behind it was not answered with 2yz.
        public internal(set) var isUnconfirmed = false
    }

    /// Something that the upstream owes a reply for.
    public enum Request: Hashable, Sendable {
        case greeting, hello, reset, data, endOfData, startTLS, authentication, identity, forwarding, quit, other
        case mail(String)
        case recipient(String)
    }

    public internal(set) var faults: [String] = []
    public internal(set) var mails: [Mail] = []
    /// Requests that are not answered, oldest first, each with the number of its transaction.
    var awaited: [(request: Request, transaction: Int)] = [(.greeting, 0)]
    /// What was answered, in order.
    public internal(set) var answers: [(request: Request, code: Int)] = []
    /// The upstream has said what nobody asked for, or what is no reply.
    public internal(set) var isOutOfStep = false
    /// Requests that are not answered, oldest first.
    public var outstanding: [Request] { awaited.map(\.request) }

    var mode: Mode
    var line: [UInt8] = []
    var keywords: Set<String> = []
    var hasHello = false
    var hasQuit = false
    var transaction: Transaction?
    var transactionNumber = 0
    var preface = BinaryPreface()
    var content: [UInt8] = []
    /// The last message came as a chunk, and not behind DATA.
    var endedByChunk = false
    private var replyLine: [UInt8] = []
    private var replyLines: [[UInt8]] = []
    /// The upstream is heard before the relay can say more: then nothing may follow what nobody asked for.
    let isInstant: Bool

    enum Mode: Hashable {
        case command
        case response
        case content
        case chunk(left: Int)
        /// What goes over the line is not for this reader.
        case handshake
    }

    struct Transaction {
        let sender: String
        var isAccepted = false
        var recipients: [String] = []
    }

    public init(isInstant: Bool = false, beginsWithTLS: Bool = false) {
        self.isInstant = isInstant
        mode = beginsWithTLS ? .handshake : .command
    }

    /// Whether a message is being sent.
    public var isInContent: Bool {
        switch mode {
        case .content, .chunk: true
        case .command, .response, .handshake: false
        }
    }

    /// Forgets the mails so far, and gives them.
    public mutating func takeMails() -> [Mail] {
        defer { mails = [] }
        return mails
    }

    // MARK: The relay

    /// Takes what the relay has sent; gives what it asks for by it.
    @discardableResult
    public mutating func relaySays(_ octets: some Sequence<UInt8>) -> [Request] {
        var requests: [Request] = []
        for octet in octets {
            if isOutOfStep, isInstant, mode != .handshake {
                complain("goes on with \(text(of: [octet])) towards an upstream that is out of step")
                return requests
            }
            if case .handshake = mode { return requests }
            if preface.takes(octet) { continue }
            for early in preface.given() { read(early, &requests) }
            read(octet, &requests)
        }
        return requests
    }

    private mutating func read(_ octet: UInt8, _ requests: inout [Request]) {
        if case .chunk(let left) = mode {
            return take(octet, ofChunk: left, &requests)
        }
        if hasQuit { complain("speaks behind QUIT") }
        check(octet)
        line.append(octet)
        guard octet == 10 else { return }
        let complete = line
        line = []
        switch mode {
        case .content: takeContent(complete, &requests)
        case .response: takeResponse(complete, &requests)
        case .command, .chunk, .handshake: takeCommand(complete, &requests)
        }
    }

    /// The handshake is complete: the session begins anew (RFC 3207 4.2).
    public mutating func secured() {
        mode = .command
        hasHello = false
        keywords = []
        transaction = nil
        line = []
    }

    private mutating func check(_ octet: UInt8) {
        switch octet {
        case 10 where line.last != 13: complain("bare LF behind \(text(of: line))")
        case 0: complain("NUL behind \(text(of: line))")
        case 10: break
        default:
            if line.last == 13 { complain("bare CR in \(text(of: line))") }
            if octet > 127, mode == .content, !keywords.contains("8BITMIME") { complain("8-bit content") }
        }
    }

    private mutating func takeContent(_ line: [UInt8], _ requests: inout [Request]) {
        if line == [46, 13, 10] {
            mode = .command
            endedByChunk = false
            endMail()
            requests.append(.endOfData)
        } else if line.first == 46 {
            if line[1] != 46 { complain("a dot that is not doubled: \(text(of: line))") }
            content += line.dropFirst()
        } else {
            content += line
        }
    }

    private mutating func take(_ octet: UInt8, ofChunk left: Int, _ requests: inout [Request]) {
        check(octet)
        content.append(octet)
        line = [octet]
        mode = .chunk(left: left - 1)
        guard left == 1 else { return }
        if octet != 10 { complain("a chunk that does not end in a line") }
        endChunk(&requests)
    }

    mutating func endChunk(_ requests: inout [Request]) {
        line = []
        mode = .command
        endedByChunk = true
        endMail()
        requests.append(.endOfData)
    }

    private mutating func endMail() {
        mails.append(
            Mail(sender: transaction?.sender ?? "", recipients: transaction?.recipients ?? [], content: content))
        mails[mails.count - 1].isUnconfirmed = endedByChunk
        content = []
        transaction = nil
        awaited.append((.endOfData, transactionNumber))
    }

    // MARK: The upstream

    public mutating func upstreamSays(_ octets: some Sequence<UInt8>) {
        guard mode != .handshake else { return }
        for octet in octets {
            guard !awaited.isEmpty, !isOutOfStep else {
                isOutOfStep = true
                return
            }
            replyLine.append(octet)
            if octet == 10 { takeReplyLine() }
        }
    }

    private mutating func takeReplyLine() {
        let line = replyLine
        replyLine = []
        // By octets, not characters: a combining mark would be one with the space before it.
        let said = Array(line.dropLast(2))
        let separator: UInt8? = said.count > 3 ? said[3] : nil
        guard line.suffix(2) == [13, 10], !line.contains(0), line.count(where: { $0 == 13 }) == 1,
            said.prefix(3).allSatisfy({ (48...57).contains($0) }),
            let code = Int(String(decoding: said.prefix(3), as: UTF8.self)), (200...599).contains(code),
            separator == nil || separator == 32 || separator == 45,
            replyLines.allSatisfy({ $0.prefix(3) == said.prefix(3) })
        else {
            isOutOfStep = true
            return
        }
        replyLines.append(said)
        guard separator != 45 else { return }
        let lines = replyLines.map { String(decoding: $0.dropFirst(4), as: UTF8.self) }
        replyLines = []
        let (request, number) = awaited.removeFirst()
        answers.append((request, code))
        answered(request, ofCurrent: number == transactionNumber, code, lines)
    }

    private mutating func answered(_ request: Request, ofCurrent isCurrent: Bool, _ code: Int, _ lines: [String]) {
        let isPositive = (200...299).contains(code)
        switch request {
        case .greeting where code != 220: isOutOfStep = true
        case .hello where isPositive:
            hasHello = true
            // Control characters in a reply stand for nothing.
            keywords = Set(
                lines.dropFirst().flatMap { line in
                    line.unicodeScalars.filter { !$0.isControl }.split(separator: " ").prefix(1)
                        .map { String(String.UnicodeScalarView($0)).uppercased() }
                })
        case .mail where isCurrent:
            if isPositive { transaction?.isAccepted = true } else { transaction = nil }
        case .recipient(let path) where isPositive && isCurrent: transaction?.recipients.append(path)
        case .data where code == 354: mode = .content
        case .data where isPositive: isOutOfStep = true
        case .endOfData: if !mails.isEmpty { mails[mails.count - 1].code = code }
        case .reset where isPositive && answers.dropLast().last?.request == .endOfData:
            if !mails.isEmpty { mails[mails.count - 1].isUnconfirmed = false }
        case .startTLS where code == 220: mode = .handshake
        case .authentication where code == 334: mode = .response
        case .identity where code == 220: hasHello = false
        case .greeting, .hello, .mail, .recipient, .data, .startTLS, .authentication, .identity, .forwarding, .reset,
            .quit, .other:
            break
        }
        // What makes no sense as an answer leaves open what the next one would answer.
        if (300...399).contains(code), !(request == .data && code == 354),
            !(request == .authentication && code == 334)
        {
            isOutOfStep = true
        }
    }

    // MARK: Faults

    mutating func complain(_ fault: String) {
        if faults.count < 20 { faults.append("upstream stream: \(fault)") }
    }

    func text(of octets: [UInt8]) -> String {
        String(octets.suffix(60).map { Character(UnicodeScalar($0)) }).debugDescription
    }
}

extension Unicode.Scalar {
    fileprivate var isControl: Bool { value < 32 || (127...159).contains(value) }
}

/// The header of the PROXY protocol in its second version, which is binary and comes before everything else.
struct BinaryPreface {
    private static let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10]
    private var octets: [UInt8]? = []

    /// Whether the octet is part of one, or may be.
    mutating func takes(_ octet: UInt8) -> Bool {
        guard var octets else { return false }
        octets.append(octet)
        self.octets = octets
        guard octets.prefix(12).elementsEqual(Self.signature.prefix(octets.count)) else {
            self.octets?.removeLast()
            return false
        }
        if octets.count >= 16, octets.count == 16 + (Int(octets[14]) << 8) + Int(octets[15]) { self.octets = nil }
        return true
    }

    /// What was taken for the beginning of one and is none.
    mutating func given() -> [UInt8] {
        defer { octets = nil }
        return octets ?? []
    }
}

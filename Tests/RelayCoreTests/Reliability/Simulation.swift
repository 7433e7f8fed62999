import NIOCore
import Policy
import RelayCore
import SMTPProtocol
import TranscriptKit

/// Sessions of a relay between a client and an upstream, in simulated time: each mail with an identifier of its own, and
/// a ledger on either side.
final class Simulation {
    /// Where the client leaves: behind so many octets of its own, counted over all sessions.
    struct Cut: Hashable, Sendable {
        enum Kind: CaseIterable, Sendable {
            /// It sends no more, and reads what comes.
            case ends
            /// It is gone.
            case vanishes
        }

        var octets: Int
        var kind: Kind
    }

    let features: Features
    private let policies: PolicySet
    let settings: RelaySettings
    private(set) var session: RelaySession
    private(set) var upstream: SimulatedUpstream
    /// One for each connection upstream, the one under way last.
    private(set) var readers: [StrictReader] = []
    private var isConnected = false
    private var kept: KeptUpstream?
    private(set) var mails: [ClientMail] = []
    private(set) var records: [TransactionRecord] = []
    private(set) var faults: [String] = []
    /// Octets that the client has sent.
    private(set) var sent = 0
    private(set) var isCut = false
    private var now = Moment(nanoseconds: 1_000_000_000, epochSeconds: 1_795_460_479)
    private var events: [RelayEvent] = []
    private var heard: [UInt8] = []
    private var codes: [Int] = []
    private var codesRead = 0
    private var clientIsClosed = false
    private let cut: Cut?
    private var spool = FakeSpool()

    init(_ features: Features, fault: UpstreamFault? = nil, cut: Cut? = nil) {
        self.features = features
        self.cut = cut
        policies = features.policies
        settings = features.settings
        upstream = SimulatedUpstream(features: features, fault: fault)
        session = RelaySession(settings: settings, identifier: "0000000000")
    }

    /// Runs all sessions to their ends.
    func run() {
        for number in 0..<(features.reuses ? 2 : 1) where !isCut {
            session = RelaySession(settings: settings, identifier: "000000000\(number)")
            clientIsClosed = false
            heard = []
            codes = []
            codesRead = 0
            runSession(number)
            settle()
        }
    }

    // MARK: The client

    private func runSession(_ number: Int) {
        handle(.accepted(ClientIdentity(address: IPAddress("192.0.2.7"), port: 4711), capabilities: nil))
        guard reply() == 220, ask("EHLO client.example") == 250 else { return }
        if features.clientTLS, ask("STARTTLS") == 220, ask("EHLO client.example") != 250 { return }
        for mail in 0..<2 {
            let isRefused = features.rules != .none && mail == 1
            send(ClientMail(id: "m\(number)\(mail)", features, isRefused: isRefused))
            if isCut || clientIsClosed { return }
        }
        _ = ask("QUIT")
    }

    private func send(_ mail: ClientMail) {
        mails.append(mail)
        let index = mails.count - 1
        let commands = ["MAIL FROM:<\(mail.sender)>"] + mail.recipients.map { "RCPT TO:<\($0)>" }
        if features.clientPipelines { say(commands.map { $0 + "\r\n" }.joined()) }
        for (number, command) in commands.enumerated() {
            if !features.clientPipelines {
                if number > 0, mails[index].mailCode?.isPositive != true { break }
                say(command + "\r\n")
            }
            let code = reply()
            if number == 0 { mails[index].mailCode = code } else { mails[index].recipientCodes.append(code) }
        }
        guard mails[index].mailCode?.isPositive == true else { return }
        guard mails[index].accepted.isEmpty == false else {
            _ = ask("RSET")
            return
        }
        let answer = ask("DATA")
        guard answer == 354 else {
            mails[index].finalCode = answer
            _ = ask("RSET")
            return
        }
        let octets = Array(mail.stuffed.utf8)
        for start in stride(from: 0, to: octets.count, by: 4096) {
            if isCut || clientIsClosed { break }
            say(octets[start..<min(start + 4096, octets.count)])
        }
        guard !isCut, !clientIsClosed else {
            mails[index].finalCode = reply()
            return
        }
        mails[index].isWhole = true
        say(".\r\n".utf8, whenCut: { self.mails[index].isWhole = false })
        mails[index].finalCode = reply()
    }

    private func ask(_ command: String) -> Int? {
        say(command + "\r\n")
        return reply()
    }

    private func say(_ text: String) { say(text.utf8) }

    private func say(_ octets: some Collection<UInt8>, whenCut: () -> Void = {}) {
        guard !isCut, !clientIsClosed else { return }
        var octets = Array(octets)
        if let cut, sent + octets.count > cut.octets {
            octets = Array(octets.prefix(max(0, cut.octets - sent)))
            isCut = true
            whenCut()
        }
        sent += octets.count
        for piece in pieces(octets) { events.append(.clientBytes(ByteBuffer(bytes: piece))) }
        if isCut, let cut { events.append(cut.kind == .ends ? .clientEnded : .clientLost) }
        pump()
    }

    /// The next reply's code; nil when the session ends without one.
    private func reply() -> Int? {
        for _ in 0..<40 {
            if codesRead < codes.count {
                codesRead += 1
                return codes[codesRead - 1]
            }
            guard !clientIsClosed, !isCut || cut?.kind == .ends, passTime() else { break }
        }
        if !isCut, codes.last != 421 { faults.append("no answer, and no 421: \(codes)") }
        return nil
    }

    private func clientHears(_ octets: some Sequence<UInt8>) {
        for octet in octets {
            heard.append(octet)
            guard octet == 10 else { continue }
            let line = String(decoding: heard, as: UTF8.self)
            heard = []
            guard line.hasSuffix("\r\n"), let code = Int(line.prefix(3)), let separator = line.dropFirst(3).first,
                separator == " " || separator == "-"
            else {
                faults.append("the client hears \(line.debugDescription)")
                continue
            }
            if separator == " " { codes.append(code) }
        }
    }

    // MARK: Time

    private func passTime() -> Bool {
        guard session.nextDeadline != .max else { return false }
        now.nanoseconds = max(now.nanoseconds, session.nextDeadline)
        events.append(.deadline)
        pump()
        return true
    }

    /// Lets all waits end: nothing may be left behind.
    private func settle() {
        for _ in 0..<60 where passTime() {}
        if session.nextDeadline != .max { faults.append("the session waits for ever") }
        if !clientIsClosed { faults.append("the client is left behind") }
        if isConnected { faults.append("the connection upstream is left behind") }
        if session.bufferedClientOctets > 0 { faults.append("octets of the client are left behind") }
        if settings.holdBudget.inUse != 0 { faults.append("\(settings.holdBudget.inUse) octets stay in the budget") }
    }

    private func pump() {
        while !events.isEmpty { handle(events.removeFirst()) }
    }

    // MARK: The relay

    private func handle(_ event: RelayEvent) {
        if case .upstreamBytes(let bytes) = event { readers[readers.count - 1].upstreamSays(bytes.readableBytesView) }
        if case .upstreamClosed = event { isConnected = false }
        session.handle(event, at: now)
        while let stage = session.checkpoint {
            session.handle(.verdict(policies.evaluate(stage, session.facts)), at: now)
        }
        let output = session.output
        session.output = RelayOutput()
        if output.toClient.readableBytes > 0 {
            if clientIsClosed { faults.append("speaks to a client that is gone") }
            clientHears(output.toClient.readableBytesView)
        }
        for piece in output.toUpstream where piece.readableBytes > 0 { upstreamHears(piece) }
        for action in output.actions { perform(action) }
    }

    private func perform(_ action: RelayAction) {
        switch action {
        case .connectUpstream(let mayResume): connect(mayResume: mayResume)
        case .closeUpstream:
            isConnected = false
            forgetUpstreamEvents()
        case .keepUpstream(let upstream):
            kept = upstream
            isConnected = false
            forgetUpstreamEvents()
        case .askCapabilities: events.append(.capabilities(nil))
        case .closeClient: clientIsClosed = true
        case .admit: events.append(.admitted)
        case .askClientNames: events.append(.clientNames(.none))
        case .secureClient: events.append(.clientSecured(Self.encryption))
        case .secureUpstream: shakeHands()
        case .record(let record): records.append(record)
        case .spool(let request): if let answer = spool.answer(request) { events.append(answer) }
        case .learnt, .note: break
        }
    }

    private static let encryption = EncryptionFacts(version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384")

    private func connect(mayResume: Bool) {
        isConnected = true
        if mayResume, let kept {
            self.kept = nil
            events.append(.upstreamResumed("up", kept))
            if upstream.isClosed { events.append(.upstreamClosed) }
            return
        }
        readers.append(StrictReader(isInstant: true))
        events.append(.upstreamConnected("up"))
        upstream.connected()
        hearUpstream()
    }

    private func shakeHands() {
        switch upstream.handshake() {
        case .succeeds where hasWordsUnderWay:
            // What comes in clear behind the 220 is what the handshake reads first.
            forgetUpstreamEvents()
            events.append(.upstreamSecurityFailed("no hello"))
        case .succeeds:
            readers[readers.count - 1].secured()
            events.append(.upstreamSecured(Self.encryption))
        case .fails: events.append(.upstreamSecurityFailed("no hello"))
        case .ends: events.append(.upstreamClosed)
        case .stalls: break
        }
    }

    private var hasWordsUnderWay: Bool {
        events.contains { if case .upstreamBytes = $0 { true } else { false } }
    }

    private func upstreamHears(_ piece: ByteBuffer) {
        for octet in piece.readableBytesView {
            let isTaken = upstream.hears()
            let requests = readers[readers.count - 1].relaySays(CollectionOfOne(octet))
            for request in requests where isTaken {
                upstream.asked(request, sender: readers[readers.count - 1].mails.last?.sender ?? "")
            }
        }
        hearUpstream()
    }

    /// Sends on their way what the upstream says, and its end.
    private func hearUpstream() {
        let words = upstream.takeWords()
        if upstream.isReset {
            forgetUpstreamEvents()
        } else {
            for word in words {
                for piece in pieces(word) { events.append(.upstreamBytes(ByteBuffer(bytes: piece))) }
            }
        }
        if upstream.isClogged { events.append(.upstreamWritable(false)) }
        if upstream.isClosed { events.append(.upstreamClosed) }
    }

    private func forgetUpstreamEvents() {
        events.removeAll { event in
            switch event {
            case .upstreamBytes, .upstreamClosed, .upstreamWritable, .upstreamSecured, .upstreamSecurityFailed: true
            default: false
            }
        }
    }

    private func pieces(_ octets: [UInt8]) -> [ArraySlice<UInt8>] {
        guard features.piece > 0, octets.count < 2000 else { return octets.isEmpty ? [] : [octets[...]] }
        return stride(from: 0, to: octets.count, by: features.piece).map { start in
            octets[start..<min(start + features.piece, octets.count)]
        }
    }
}

extension Int {
    var isPositive: Bool { (200...299).contains(self) }
}

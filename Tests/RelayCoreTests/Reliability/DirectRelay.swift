import NIOCore
import Policy
import RelayCore
import SMTPProtocol
import TranscriptKit

/// A session whose upstream answers at once, without faults: by what its caller says to each request.
struct DirectRelay: ~Copyable {
    private(set) var session: RelaySession
    private(set) var reader = StrictReader(isInstant: true)
    private(set) var readerFaults: [String] = []
    private(set) var mails: [StrictReader.Mail] = []
    /// Codes of the replies that the client has heard, and has not taken.
    private(set) var codes: [Int] = []
    private(set) var clientIsClosed = false
    private(set) var isConnected = false
    private var heard: [UInt8] = []
    private var events: [RelayEvent] = []
    private var now = Moment(nanoseconds: 1_000_000_000, epochSeconds: 1_795_460_479)
    private let answer: (StrictReader.Request) -> String

    init(_ settings: RelaySettings, answer: @escaping (StrictReader.Request) -> String = { _ in "250 2.0.0 Ok" }) {
        session = RelaySession(settings: settings, identifier: "0000000001")
        self.answer = answer
        events = [.accepted(ClientIdentity(address: IPAddress("192.0.2.7"), port: 4711), capabilities: nil)]
        pump()
    }

    mutating func say(_ octets: some Collection<UInt8>, piece: Int = 0) {
        let octets = Array(octets)
        let size = piece == 0 ? max(octets.count, 1) : piece
        for start in stride(from: 0, to: octets.count, by: size) {
            events.append(.clientBytes(ByteBuffer(bytes: octets[start..<min(start + size, octets.count)])))
            // Small pieces come slowly; large ones come before the upstream has answered any.
            if size < 16 { pump() }
        }
        pump()
    }

    mutating func happens(_ event: RelayEvent) {
        events.append(event)
        pump()
    }

    mutating func takeCodes() -> [Int] {
        defer { codes = [] }
        return codes
    }

    mutating func takeMails() -> [StrictReader.Mail] {
        endConnection()
        defer { mails = [] }
        return mails
    }

    var faults: [String] { readerFaults + reader.faults }
    var sentUpstream: Int { reader.answers.count }

    private mutating func pump() {
        while !events.isEmpty { handle(events.removeFirst()) }
    }

    private mutating func handle(_ event: RelayEvent) {
        if case .upstreamBytes(let bytes) = event { reader.upstreamSays(bytes.readableBytesView) }
        if case .upstreamClosed = event { isConnected = false }
        session.handle(event, at: now)
        let output = session.output
        session.output = RelayOutput()
        for octet in output.toClient.readableBytesView {
            heard.append(octet)
            guard octet == 10 else { continue }
            if heard[3] == 32, let code = Int(String(decoding: heard.prefix(3), as: UTF8.self)) { codes.append(code) }
            heard = []
        }
        var answers = ""
        for piece in output.toUpstream {
            for request in reader.relaySays(piece.readableBytesView) { answers += reply(to: request) + "\r\n" }
        }
        if !answers.isEmpty { events.append(.upstreamBytes(ByteBuffer(string: answers))) }
        for action in output.actions { perform(action) }
    }

    private func reply(to request: StrictReader.Request) -> String {
        switch request {
        case .hello: "250-up.example\r\n250-PIPELINING\r\n250 8BITMIME"
        case .quit: "221 2.0.0 Bye"
        default: answer(request)
        }
    }

    private mutating func perform(_ action: RelayAction) {
        switch action {
        case .connectUpstream:
            endConnection()
            reader = StrictReader(isInstant: true)
            isConnected = true
            events.append(.upstreamConnected("up"))
            events.append(.upstreamBytes(ByteBuffer(string: "220 up.example ESMTP\r\n")))
        case .closeUpstream, .keepUpstream:
            isConnected = false
            events.removeAll { if case .upstreamBytes = $0 { true } else { false } }
        case .askCapabilities: events.append(.capabilities(nil))
        case .closeClient: clientIsClosed = true
        case .admit: events.append(.admitted)
        case .askClientNames: events.append(.clientNames(.none))
        case .secureClient:
            events.append(.clientSecured(EncryptionFacts(version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384")))
        case .secureUpstream, .learnt, .record, .note, .spool: break
        }
    }

    /// Puts together what connections so far have brought.
    private mutating func endConnection() {
        mails += reader.takeMails()
        readerFaults += reader.faults
    }
}

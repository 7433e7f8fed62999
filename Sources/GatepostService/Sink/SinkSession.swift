import NIOCore
import SMTPProtocol

/// One session of the sink: octets in, replies and messages out, without a network.
///
/// It follows RFC 5321 section 4.1.4: EHLO or HELO, then transactions of MAIL, RCPT and DATA. At the end of a message
/// it asks for it to be stored, and reads nothing until `stored` says how that went; the reply is given then. Where its
/// behaviour says so, it misbehaves. It is a tool: there is no limit on errors, and the owner bounds time.
struct SinkSession {
    private enum State {
        case command
        case content
        case storing
        case closed
    }

    private struct Transaction {
        var sender: ReversePath
        var parameters: ESMTPParameters
        var recipients: [ReceivedMessage.Recipient] = []
    }

    /// Recipients of one transaction.
    private static let recipients = 10_000

    private let behaviour: SinkBehaviour
    private var framer = ClientFramer()
    private var state = State.command
    private var helo: HeloArgument?
    private var isExtended = false
    private var transaction: Transaction?
    private var content = ByteBuffer()

    /// Replies that wait to be sent; the owner takes them.
    var replies: [Reply] = []
    /// A message that waits to be stored; `stored` answers.
    private(set) var messageToStore: ReceivedMessage?

    /// Nothing more is to be read or sent behind `replies`.
    var isClosed: Bool { state == .closed }

    init(_ behaviour: SinkBehaviour) {
        self.behaviour = behaviour
        guard behaviour.closesAfter != .connect else {
            state = .closed
            return
        }
        replies.append(Reply(.serviceReady, nil, "\(behaviour.hostname) ESMTP sink"))
    }

    mutating func receive(_ bytes: ByteBuffer) {
        framer.receive(bytes)
        advance()
    }

    /// Says how storing went.
    mutating func stored(_ isStored: Bool) {
        guard state == .storing else { return }
        messageToStore = nil
        state = .command
        answer(isStored ? SinkReply.stored : SinkReply.notStored, at: .message)
        advance()
    }

    private mutating func advance() {
        let limit = ExtensionTable.commandLineLimit(offering: behaviour.keywords.map(\.keyword))
        while true {
            switch state {
            case .command:
                guard let frame = framer.next(.line(limit: limit)) else { return }
                handle(frame)
            case .content:
                guard let frame = framer.next(.data) else { return }
                receive(frame)
            case .storing, .closed:
                return
            }
        }
    }

    // MARK: Commands

    private mutating func handle(_ frame: ClientFramer.Frame) {
        switch frame {
        case .line(let line):
            do {
                try handle(Command(parsing: line))
            } catch {
                replies.append(error.reply)
            }
        case .overlongLine: replies.append(SinkReply.lineTooLong)
        case .bareLineFeed: replies.append(SinkReply.bareLineFeed)
        case .content, .endOfData: break
        }
    }

    private mutating func handle(_ command: Command) {
        switch command {
        case .ehlo(let name): begin(name, isExtended: true)
        case .helo(let name): begin(name, isExtended: false)
        case .mail(let sender, let parameters): mail(sender, parameters)
        case .rcpt(let path, let parameters): recipient(path, parameters)
        case .data: data()
        case .rset:
            transaction = nil
            replies.append(SinkReply.ok)
        case .noop: replies.append(SinkReply.ok)
        case .quit:
            replies.append(SinkReply.bye)
            state = .closed
        case .help: replies.append(SinkReply.help)
        case .vrfy: replies.append(SinkReply.cannotVerify)
        case .lhlo, .expn, .bdat, .startTLS, .auth, .etrn, .turn, .send, .soml, .saml, .xclient, .xforward:
            replies.append(SinkReply.notImplemented)
        }
    }

    private mutating func begin(_ name: HeloArgument, isExtended: Bool) {
        helo = name
        self.isExtended = isExtended
        transaction = nil
        let response = EHLOResponse(domain: behaviour.hostname, keywords: isExtended ? behaviour.keywords : [])
        replies.append(response.reply())
        if behaviour.closesAfter == .helo { state = .closed }
    }

    private mutating func mail(_ sender: ReversePath, _ parameters: ESMTPParameters) {
        guard helo != nil, transaction == nil else { return replies.append(SinkReply.badSequence) }
        guard knows(parameters, \.mailParameters) else { return replies.append(SinkReply.parameterNotOffered) }
        if let size = parameters["SIZE"]?.value {
            guard let octets = Int(size), octets <= behaviour.size else { return replies.append(SinkReply.tooLarge) }
        }
        transaction = Transaction(sender: sender, parameters: parameters)
        answer(SinkReply.senderOk, at: .mail)
    }

    private mutating func recipient(_ path: ForwardPath, _ parameters: ESMTPParameters) {
        guard let count = transaction?.recipients.count else { return replies.append(SinkReply.badSequence) }
        guard knows(parameters, \.rcptParameters) else { return replies.append(SinkReply.parameterNotOffered) }
        guard count < Self.recipients else { return replies.append(SinkReply.tooManyRecipients) }
        if let refusal = behaviour.refusal(of: path) { return answer(refusal, at: .rcpt) }
        transaction?.recipients.append(.init(path: path, parameters: parameters))
        answer(SinkReply.recipientOk, at: .rcpt)
    }

    private mutating func data() {
        guard let transaction else { return replies.append(SinkReply.badSequence) }
        guard !transaction.recipients.isEmpty else { return replies.append(SinkReply.noRecipients) }
        replies.append(SinkReply.goAhead)
        guard behaviour.closesAfter != .data else { return state = .closed }
        framer.beginData(measuringLongestLine: false)
        content = ByteBuffer()
        state = .content
    }

    /// Whether every parameter belongs to an extension that this client was offered.
    private func knows(_ parameters: ESMTPParameters, _ names: KeyPath<SMTPExtension, [String]>) -> Bool {
        let offered = isExtended ? behaviour.keywords.compactMap { ExtensionTable[$0.keyword] } : []
        let known = offered.flatMap { $0[keyPath: names] }
        return parameters.allSatisfy { known.contains($0.keyword) }
    }

    // MARK: Content

    private mutating func receive(_ frame: ClientFramer.Frame) {
        switch frame {
        case .content(var piece):
            // What is too large is counted and thrown away.
            if framer.content.octets <= behaviour.size { content.writeBuffer(&piece) }
        case .endOfData: endOfData()
        case .line, .overlongLine, .bareLineFeed: break
        }
    }

    private mutating func endOfData() {
        state = .command
        guard let transaction, let helo else { return }
        self.transaction = nil
        let content = content
        self.content = ByteBuffer()
        guard framer.content.octets <= behaviour.size else { return replies.append(SinkReply.tooLarge) }
        guard !behaviour.failsData else { return answer(SinkReply.refused, at: .message) }
        state = .storing
        messageToStore = ReceivedMessage(
            helo: helo,
            isExtended: isExtended,
            sender: transaction.sender,
            parameters: transaction.parameters,
            recipients: transaction.recipients,
            content: content
        )
    }

    /// Gives a reply, unless the connection is to be closed instead.
    private mutating func answer(_ reply: Reply, at point: SinkBehaviour.ClosingPoint) {
        if behaviour.closesAfter == point {
            state = .closed
        } else {
            replies.append(reply)
        }
    }
}

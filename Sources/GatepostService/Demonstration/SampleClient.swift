import NIOCore
import NIOPosix
import RelayTransport
import SMTPProtocol

/// A mail client that sends one sample and keeps the dialogue.
struct SampleClient: Sendable {
    /// What came of a sample, as its client saw it.
    struct Result: Sendable {
        /// Lines behind `C: ` and `S: `.
        var dialogue: [String] = []
        /// The last reply before QUIT.
        var lastReply: Reply?
    }

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// Lines of a message that the dialogue shows.
    private static let shownLines = 16

    private typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    private let connection: Connection

    /// Connects to a proxy on the loopback interface.
    init(port: Int) async throws {
        connection = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture { try Connection(wrappingChannelSynchronously: channel) }
            }
    }

    /// Sends a sample and says goodbye.
    func send(_ sample: SampleMail) async throws -> Result {
        try await connection.executeThenClose { inbound, outbound in
            var dialogue = Dialogue(inbound: inbound.makeAsyncIterator(), outbound: outbound)
            try await dialogue.reply()
            try await dialogue.command("EHLO client.example.net")
            for step in sample.steps {
                switch step {
                case .command(let line): try await dialogue.command(line)
                case .message(let message):
                    guard dialogue.result.lastReply?.isNegative == false else { break }
                    try await dialogue.command("DATA")
                    guard dialogue.result.lastReply?.isPositiveIntermediate == true else { break }
                    try await dialogue.message(message)
                }
            }
            var result = dialogue.result
            try await dialogue.command("QUIT")
            result.dialogue = dialogue.result.dialogue
            return result
        }
    }

    /// The two directions of the connection and what went over them.
    private struct Dialogue {
        var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
        let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
        var framer = ReplyFramer()
        var result = Result()

        mutating func command(_ line: String) async throws {
            result.dialogue.append("C: \(line)")
            try await outbound.write(ByteBuffer(string: line + "\r\n"))
            try await reply()
        }

        mutating func message(_ message: ByteBuffer) async throws {
            var stuffer = DataStuffer()
            let stuffed = stuffer.stuff(message)
            show(stuffed)
            result.dialogue.append("C: .")
            try await outbound.write(stuffed)
            try await outbound.write(stuffer.end())
            try await reply()
        }

        /// Adds the beginning of a message.
        private mutating func show(_ message: ByteBuffer) {
            let start = message.getSlice(at: message.readerIndex, length: min(message.readableBytes, 4096)) ?? message
            let lines = PrintedMessage.lines(start)
            result.dialogue += lines.prefix(SampleClient.shownLines).map { "C: \($0)" }
            guard lines.count > SampleClient.shownLines else { return }
            result.dialogue.append("C: (and so on, \(message.readableBytes) octets)")
        }

        mutating func reply() async throws {
            while true {
                if let reply = try framer.next() {
                    for (index, line) in reply.lines.enumerated() {
                        let mark = index + 1 < reply.lines.count ? "-" : " "
                        result.dialogue.append("S: \(reply.code)\(mark)\(line)")
                    }
                    result.lastReply = reply
                    return
                }
                guard let bytes = try await inbound.next() else {
                    throw Failure(description: "the proxy closed the connection")
                }
                framer.receive(bytes)
            }
        }
    }
}

import NIOConcurrencyHelpers
import NIOCore

/// Makes a session of each connection that a server's channel has accepted.
///
/// NIO has a handler for this, which is given what to do as a closure and makes futures of it for each connection. Here all
/// is done at once, which takes accepted channels that belong to the event loop of the server's; this handler stands
/// before NIO's and passes it over: what is handed on is ready to be registered.
final class Acceptor: ChannelInboundHandler {
    /// An accepted channel: NIO gives it as a class of its own.
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel

    private let listener: String
    private let services: NIOLockedValueBox<[String: ListenerService]>
    private let loop: LoopState
    /// Where NIO's handler stands. Without it what is ready takes the way through it.
    private var passedOver: ChannelHandlerContext?

    init(for listener: String, _ services: NIOLockedValueBox<[String: ListenerService]>, on loop: LoopState) {
        self.listener = listener
        self.services = services
        self.loop = loop
    }

    func channelActive(context: ChannelHandlerContext) {
        passedOver = try? context.pipeline.syncOperations.context(name: Self.nameOfPassedOver)
        context.fireChannelActive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        passedOver = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let accepted = unwrapInboundIn(data)
        accepted.eventLoop.preconditionInEventLoop()
        do {
            try prepare(accepted)
        } catch {
            accepted.close(promise: nil)
            context.fireErrorCaught(error)
            return
        }
        (passedOver ?? context).fireChannelRead(data)
    }

    private func prepare(_ channel: any Channel) throws {
        guard let service = services.withLockedValue({ $0[listener] }) else {
            throw ChannelError.inappropriateOperationForState
        }
        let reads = ClientReadSizes()
        if let options = channel.syncOptions {
            try options.setOption(.allowRemoteHalfClosure, value: true)
            // The channel keeps a buffer for each read of a turn.
            try options.setOption(.maxMessagesPerRead, value: 1)
            try options.setOption(.recvAllocator, value: reads)
        }
        let handler = ClientHandler(service: service, loop: loop, reads: reads)
        // Without a name NIO makes one up for each.
        try channel.pipeline.syncOperations.addHandler(handler, name: "client")
    }

    /// What `ServerBootstrap` calls its handler.
    static let nameOfPassedOver = "AcceptHandler"
}

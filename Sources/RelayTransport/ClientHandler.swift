import NIOCore
import RelayCore

/// The client's end of a session: translates the callbacks of its channel, and holds reads back while the other side
/// does not drain.
final class ClientHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = Never
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let service: ListenerService
    private let loop: LoopState
    private let reads: ClientReadSizes
    private var connection: RelayConnection?

    /// - Parameter reads: What the channel's buffers are made by.
    init(service: ListenerService, loop: LoopState, reads: ClientReadSizes) {
        self.service = service
        self.loop = loop
        self.reads = reads
    }

    func channelActive(context: ChannelHandlerContext) {
        var identity = ClientIdentity(context.channel.remoteAddress)
        if service.settings.identify != .none { identity.destination = .init(context.channel.localAddress) }
        let refusal = loop.admission.admit(service.counted(identity))
        let connection = RelayConnection(
            service: service,
            loop: loop,
            client: context,
            reads: reads,
            identity: identity,
            admitted: refusal == nil
        )
        self.connection = connection
        connection.start(turnedAway: refusal)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        connection?.receive(fromClient: unwrapInboundIn(data))
    }

    func read(context: ChannelHandlerContext) {
        guard let connection, !connection.mayReadClient else {
            context.read()
            return
        }
        connection.holdClientRead()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        connection?.clientWritabilityChanged(context.channel.isWritable)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        connection?.catchUp()
        switch event {
        case let event as ChannelEvent where event == .inputClosed: connection?.deliver(.clientEnded)
        case TLSEvent.established(let encryption): connection?.deliver(.clientSecured(encryption))
        case TLSEvent.failed(let why): connection?.deliver(.clientSecurityFailed(why))
        default: break
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        connection?.clientInactive()
        connection = nil
    }

    /// A reset or another failure of the socket: the channel is useless.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}

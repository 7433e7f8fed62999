import NIOCore
import RelayCore
import SMTPProtocol

/// The upstream's end of a session: translates the callbacks of its channel.
///
/// A name may have many addresses, which are tried beside each other (RFC 8305), each with a channel that holds this
/// handler: the first to be connected is the one, and the others are not heard.
///
/// Between two sessions the pool holds it. An upstream has nothing to say then: whatever comes ends the connection.
final class UpstreamHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = Never
    typealias OutboundOut = ByteBuffer

    private var connection: RelayConnection?
    /// Where the connection rests between sessions.
    private var pool: UpstreamPool?
    /// When the connection was established.
    private(set) var established = NIODeadline.now()
    /// Of the channel that is connected.
    private var context: ChannelHandlerContext?
    /// Of that channel, while nothing on it is encrypted.
    private var socket: ChannelSocket?
    /// Of the channels that are being connected.
    private var attempts: [ChannelHandlerContext] = []

    init(_ connection: RelayConnection) {
        self.connection = connection
    }

    /// Has octets written with those of other sessions; nil when that cannot be.
    func add(_ bytes: ByteBuffer, to writes: BatchedWrites) -> Int? {
        guard let context else { return nil }
        return socket?.add(bytes, of: context, to: writes)
    }

    func write(_ bytes: ByteBuffer) {
        socket?.isPassedBy()
        context?.write(NIOAny(bytes), promise: nil)
    }

    func flush() {
        context?.flush()
    }

    /// Ends the connection, also while it is being made; the session hears nothing of it.
    func detachAndClose() {
        connection = nil
        context?.flush()
        context?.close(promise: nil)
        for attempt in attempts { attempt.close(promise: nil) }
    }

    /// Begins TLS; what follows is told to the session.
    func secure(_ handler: TLSHandler) throws {
        guard let context else { throw ChannelError.ioOnClosedChannel }
        socket = nil
        try context.pipeline.syncOperations.addHandler(handler, position: .first)
    }

    // MARK: Between sessions

    func rest(in pool: UpstreamPool) {
        connection = nil
        self.pool = pool
    }

    func serve(_ connection: RelayConnection) {
        pool = nil
        self.connection = connection
    }

    /// Says QUIT and closes once that is answered, or soon.
    func takeLeave() {
        pool = nil
        guard let context else { return }
        var quit = ByteBuffer()
        Command.quit.write(into: &quit)
        socket?.isPassedBy()
        context.writeAndFlush(NIOAny(quit), promise: nil)
        let channel = context.channel
        let timer = context.eventLoop.assumeIsolated().scheduleTask(in: Self.patienceForQuit) {
            channel.close(promise: nil)
        }
        channel.closeFuture.assumeIsolated().whenComplete { _ in timer.cancel() }
    }

    private static let patienceForQuit = TimeAmount.seconds(2)

    /// The connection spoke or ended while it served nobody.
    private func endUnserved(_ context: ChannelHandlerContext) {
        pool?.forget(self)
        pool = nil
        context.close(promise: nil)
    }

    // MARK: The channel

    func handlerAdded(context: ChannelHandlerContext) {
        attempts.append(context)
        if connection == nil { context.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        attempts.removeAll { $0 === context }
        if self.context === context { self.context = nil }
    }

    func channelActive(context: ChannelHandlerContext) {
        guard self.context == nil, let connection else {
            context.close(promise: nil)
            return
        }
        attempts.removeAll { $0 === context }
        self.context = context
        socket = ChannelSocket(of: context)
        established = .now()
        connection.upstreamConnected(self)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard context === self.context else { return }
        guard let connection else { return endUnserved(context) }
        connection.receive(unwrapInboundIn(data), from: self)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard context === self.context else { return }
        connection?.upstreamWritabilityChanged(self, context.channel.isWritable)
    }

    func channelInactive(context: ChannelHandlerContext) {
        guard context === self.context else { return }
        connection?.upstreamInactive(self)
        connection = nil
        // What it said before may have let the session give it to the pool just now.
        pool?.forget(self)
        pool = nil
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        connection?.catchUp()
        guard context === self.context else { return }
        switch event {
        case TLSEvent.established(let encryption):
            connection?.deliver(.upstreamSecured(encryption))
        case TLSEvent.failed(let why):
            guard let connection else { return endUnserved(context) }
            connection.deliver(.upstreamSecurityFailed(why))
        case let event as ChannelEvent where event == .inputClosed:
            // An upstream that will say no more is of no use.
            context.close(promise: nil)
        default: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}

import NIOCore
import RelayCore

/// The upstream's end of a session: translates the callbacks of its channel.
///
/// A name may have many addresses, which are tried beside each other (RFC 8305), each with a channel that holds this
/// handler: the first to be connected is the one, and the others are not heard.
final class UpstreamHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = Never
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var connection: RelayConnection?
    /// Of the channel that is connected.
    private var context: ChannelHandlerContext?
    /// Of the channels that are being connected.
    private var attempts: [ChannelHandlerContext] = []

    init(_ connection: RelayConnection) {
        self.connection = connection
    }

    func write(_ bytes: ByteBuffer) {
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
        connection.upstreamConnected(self)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard context === self.context else { return }
        connection?.beginReading()
        connection?.deliver(.upstreamBytes(unwrapInboundIn(data)))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        guard context === self.context else { return }
        connection?.endReading()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard context === self.context else { return }
        connection?.upstreamWritabilityChanged(self, context.channel.isWritable)
    }

    func channelInactive(context: ChannelHandlerContext) {
        guard context === self.context else { return }
        connection?.upstreamInactive(self)
        connection = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}

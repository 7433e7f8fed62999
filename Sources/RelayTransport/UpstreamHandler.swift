import NIOCore
import RelayCore

/// The upstream's end of a session: translates the callbacks of its channel.
final class UpstreamHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = Never
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var connection: RelayConnection?
    private var context: ChannelHandlerContext?

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
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if connection == nil { context.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        connection?.upstreamConnected(self)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        connection?.beginReading()
        connection?.deliver(.upstreamBytes(unwrapInboundIn(data)))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        connection?.endReading()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        connection?.upstreamWritabilityChanged(self, context.channel.isWritable)
    }

    func channelInactive(context: ChannelHandlerContext) {
        connection?.upstreamInactive(self)
        connection = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}

import NIOCore

/// Lets a client go behind its last reply.
///
/// A socket that is closed with unread octets resets the connection, and the reset can overtake the last reply. So
/// unless the client has said QUIT, only the sending half is closed, and what still comes is thrown away until the
/// client closes too or its time is up.
enum ClientCloser {
    private static let patience = TimeAmount.seconds(2)

    static func close(_ context: ChannelHandlerContext, isOrderly: Bool) {
        let channel = context.channel
        context.flush()
        let waiting = try? channel.syncOptions?.getOption(.bufferedWritableBytes)
        if isOrderly, waiting == 0 {
            context.close(promise: nil)
            return
        }
        // The promise of an empty write is kept once all before it has gone out.
        let written = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(NIOAny(ByteBuffer()), promise: written)
        written.futureResult.assumeIsolated().whenComplete { _ in
            guard !isOrderly else {
                channel.close(promise: nil)
                return
            }
            channel.close(mode: .output, promise: nil)
            let timer = channel.eventLoop.assumeIsolated().scheduleTask(in: patience) { channel.close(promise: nil) }
            channel.closeFuture.assumeIsolated().whenComplete { _ in timer.cancel() }
        }
    }
}

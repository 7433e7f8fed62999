import Glibc
import NIOCore

/// Lets a client go behind its last reply.
///
/// A socket that is closed with unread octets resets the connection, and the reset can overtake the last reply. So
/// unless the client has said QUIT, only the sending half is closed, and what still comes is thrown away until the
/// client closes too or its time is up. A client that does not take the last reply has its time as well.
///
/// Behind QUIT the reply and the end leave in one segment, which spares both sides a packet and the client a wake.
enum ClientCloser {
    /// For the last reply to be taken.
    private static let patienceForReply = TimeAmount.seconds(10)
    /// For the client to close its half behind the reply.
    private static let patienceForEnd = TimeAmount.seconds(2)

    /// Lets what is written from now on wait for the end, so that both leave in one segment: to be followed by `close`.
    static func sendLastReplyWithEnd(_ context: ChannelHandlerContext) {
        // Not every socket is one of TCP.
        try? context.channel.syncOptions?.setOption(.tcpOption(NIOBSDSocket.Option(rawValue: TCP_CORK)), value: 1)
    }

    static func close(_ context: ChannelHandlerContext, isOrderly: Bool) {
        let channel = context.channel
        context.flush()
        let waiting = try? channel.syncOptions?.getOption(.bufferedWritableBytes)
        if isOrderly, waiting == 0 {
            end(channel)
            return
        }
        // The promise of an empty write is kept once all before it has gone out.
        let written = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(NIOAny(ByteBuffer()), promise: written)
        var isTaken = false
        written.futureResult.assumeIsolated().whenComplete { _ in
            isTaken = true
            guard !isOrderly else { return end(channel) }
            channel.close(mode: .output, promise: nil)
            closeLater(channel, patienceForEnd)
        }
        if !isTaken { closeLater(channel, patienceForReply) }
        // A read may have been held back.
        if !isOrderly { channel.read() }
    }

    /// What waits for the end leaves with that of the sending half: in front of unread octets a close would throw it away.
    private static func end(_ channel: any Channel) {
        channel.close(mode: .output, promise: nil)
        channel.close(promise: nil)
    }

    private static func closeLater(_ channel: any Channel, _ patience: TimeAmount) {
        let timer = channel.eventLoop.assumeIsolated().scheduleTask(in: patience) { channel.close(promise: nil) }
        channel.closeFuture.assumeIsolated().whenComplete { _ in timer.cancel() }
    }
}

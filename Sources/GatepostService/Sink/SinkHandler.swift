import NIOCore
import SMTPProtocol

/// Carries the octets of one channel to a `SinkSession` and its replies back, each after the delay that was asked for.
final class SinkHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var session: SinkSession
    private let delay: TimeAmount
    private let store: any SinkStore
    private var isStoring = false

    init(_ behaviour: SinkBehaviour, store: any SinkStore) {
        session = SinkSession(behaviour)
        delay = TimeAmount(behaviour.delay)
        self.store = store
    }

    func channelActive(context: ChannelHandlerContext) {
        carryOut(context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        session.receive(unwrapInboundIn(data))
        carryOut(context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func carryOut(_ context: ChannelHandlerContext) {
        let replies = session.replies
        session.replies = []
        if !replies.isEmpty {
            var octets = ByteBuffer()
            for reply in replies { reply.write(into: &octets) }
            afterDelay(context) { $0.writeAndFlush(NIOAny(octets), promise: nil) }
        }
        if session.isClosed {
            afterDelay(context) { $0.close(promise: nil) }
        } else if let message = session.messageToStore, !isStoring {
            isStoring = true
            keep(message, context)
        }
    }

    private func keep(_ message: ReceivedMessage, _ context: ChannelHandlerContext) {
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.completeWithTask { [store] in try await store.store(message) }
        promise.futureResult.assumeIsolated().whenComplete { result in
            self.isStoring = false
            guard context.channel.isActive else { return }
            self.session.stored((try? result.get()) != nil)
            self.carryOut(context)
        }
    }

    private func afterDelay(_ context: ChannelHandlerContext, _ action: @escaping (ChannelHandlerContext) -> Void) {
        guard delay > .nanoseconds(0) else { return action(context) }
        context.eventLoop.assumeIsolated().scheduleTask(in: delay) {
            if context.channel.isActive { action(context) }
        }
    }
}

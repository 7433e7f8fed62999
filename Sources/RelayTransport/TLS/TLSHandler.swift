import NIOCore
import Policy
import TLSEngine

/// What became of TLS on a channel; a `TLSHandler` tells the handlers behind it.
enum TLSEvent: Sendable {
    case established(EncryptionFacts)
    /// The handshake has failed, or what followed it: nothing can be said or heard any more. The text is for the log.
    case failed(String)
}

/// Stands first in the pipeline of a channel that is encrypted, and translates between its octets and a `TLSConnection`.
///
/// It may be added at any time: what is written afterwards is encrypted, what is read afterwards must be TLS. A client's
/// hello leaves when it is added. Nothing may be written before `TLSEvent.established`.
///
/// Nothing is kept here: what is read is decrypted and handed on at once, what is written is encrypted and handed on at
/// once, so that the channel's own bounds and its back-pressure hold. Deadlines are the session's.
///
/// The other side's close_notify is told as `ChannelEvent.inputClosed`, and so is an end of the connection without one:
/// SMTP knows by itself what is complete. Closing this side sends close_notify first.
///
/// Not handled: renegotiation, which the connection refuses.
final class TLSHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let connection: TLSConnection
    /// What the handlers behind this one have been told.
    private var told = TLSConnection.State.handshaking

    init(_ connection: TLSConnection) {
        self.connection = connection
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { send(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        send(context)
        context.fireChannelActive()
    }

    // MARK: From the other side

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let said = connection.receive(unwrapInboundIn(data))
        send(context)
        if told == .handshaking, let facts = connection.facts {
            told = .established
            context.fireUserInboundEventTriggered(TLSEvent.established(EncryptionFacts(facts)))
        }
        if let said { context.fireChannelRead(wrapInboundOut(said)) }
        tellEnd(context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed {
            switch told {
            case .handshaking: fail(context, "the connection ended in the handshake")
            case .finished, .failed: return
            case .established: told = .finished
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if told == .handshaking { fail(context, "the connection ended in the handshake") }
        context.fireChannelInactive()
    }

    private func tellEnd(_ context: ChannelHandlerContext) {
        guard told != connection.state else { return }
        switch connection.state {
        case .handshaking, .established: return
        case .finished:
            guard told == .established else { return }
            told = .finished
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        case .failed(let failure):
            fail(context, failure.reason)
        }
    }

    private func fail(_ context: ChannelHandlerContext, _ reason: String) {
        if case .failed = told { return }
        told = .failed(TLSFailure(reason))
        context.fireUserInboundEventTriggered(TLSEvent.failed(reason))
    }

    // MARK: To the other side

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        connection.send(unwrapOutboundIn(data))
        // An empty write keeps the promise in its place behind the writes before it.
        let octets = connection.takeOutput()
        guard octets != nil || promise != nil else { return }
        context.write(wrapOutboundOut(octets ?? ByteBuffer()), promise: promise)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode != .input {
            connection.finish()
            send(context)
        }
        context.close(mode: mode, promise: promise)
    }

    /// What the connection itself has to say: handshake, alerts, tickets.
    private func send(_ context: ChannelHandlerContext) {
        guard let octets = connection.takeOutput() else { return }
        context.writeAndFlush(wrapOutboundOut(octets), promise: nil)
    }
}

extension EncryptionFacts {
    init(_ facts: TLSFacts) {
        self.init(
            version: facts.version, cipher: facts.cipher, fingerprint: facts.fingerprint, subject: facts.subject
        )
    }
}

import NIOCore
import RelayCore

/// How what a session has to say goes out: at the end of a turn with what others have to say, and what is left by its
/// channels.
extension RelayConnection {
    /// Offers what may go out together with that of other sessions.
    func offerWrites() {
        if let client = client ?? departing, session.output.toClient.readableBytes > 0 {
            offered.toClient = clientSocket?.add(session.output.toClient, of: client, to: loop.writes)
        }
        if let upstream, let piece = session.output.smallPieceForUpstream {
            offered.toUpstream = upstream.add(piece, to: loop.writes)
        }
    }

    /// Forgets what has gone out.
    func takeWritten() {
        if let number = offered.toClient { session.output.clearClient(loop.writes.written(number)) }
        if let number = offered.toUpstream { session.output.clearUpstream(loop.writes.written(number)) }
        offered = Offered()
    }

    func flush() {
        writeClient()
        writeUpstream()
        departing = nil
        guard !closings.isEmpty else { return }
        let due = closings
        closings.removeAll()
        for closing in due {
            switch closing {
            case .client(let context, let isOrderly): ClientCloser.close(context, isOrderly: isOrderly)
            case .upstream(let handler): handler.detachAndClose()
            case .keeping(let handler, let kept): loop.pool.keep(handler, kept, for: service)
            }
        }
    }

    /// Writes and flushes; the buffer is then free again, and its storage serves the next reply.
    func writeClient() {
        guard session.output.toClient.readableBytes > 0 else { return }
        clientSocket?.isPassedBy()
        (client ?? departing)?.writeAndFlush(NIOAny(session.output.toClient), promise: nil)
        session.output.toClient.clear()
    }

    func writeUpstream() {
        guard session.output.hasBytesForUpstream else { return }
        if let upstream {
            session.output.forEachPieceForUpstream { upstream.write($0) }
            upstream.flush()
        }
        session.output.clearUpstream()
    }
}

import NIOCore
import Policy
import RelayCore

/// The order in which things are dealt with: what was read in a turn of the event loop, what happens beside that, and what
/// either calls back.
extension RelayConnection {
    /// Takes what a channel has read, to be dealt with in this turn of the loop.
    func receive(fromClient bytes: ByteBuffer) {
        take(.clientBytes(bytes))
    }

    func receive(_ bytes: ByteBuffer, from handler: UpstreamHandler) {
        take(.upstreamBytes(bytes, from: handler))
    }

    private func take(_ read: consuming Waiting) {
        guard !isDelivering else { return waiting.append(read) }
        reads.append(read)
        waitForEndOfTurn()
    }

    private func waitForEndOfTurn() {
        guard !isDue else { return }
        isDue = true
        loop.comeBack(to: self)
    }

    /// Deals with the first event; what comes of it is written at the end of the turn.
    func begin(with event: RelayEvent) {
        isDelivering = true
        let now = loop.now()
        handle(event, at: now)
        handleWaiting(at: now)
        isDelivering = false
        waitForEndOfTurn()
    }

    /// Deals with what was read in this turn; what is to be written waits for `endTurn`.
    func takeReads(at now: Moment) {
        guard !isDelivering, !reads.isEmpty else { return }
        isDelivering = true
        handleWaiting(at: now)
        isDelivering = false
    }

    func endTurn() {
        isDue = false
        guard !isDelivering else { return }
        isDelivering = true
        conclude()
    }

    /// Deals with all that came before what happens now. Whoever reports something else than a read calls this before it
    /// looks at what the session knows.
    func catchUp() {
        guard !isDelivering, !reads.isEmpty else { return }
        isDelivering = true
        handleWaiting(at: loop.now())
        conclude()
    }

    func deliver(_ event: RelayEvent) {
        guard !isDelivering else {
            waiting.append(.event(event))
            return
        }
        catchUp()
        isDelivering = true
        let now = loop.now()
        handle(event, at: now)
        handleWaiting(at: now)
        conclude()
    }

    /// Writes what is to be written, and deals with what that calls back.
    private func conclude() {
        flush()
        while !waiting.isEmpty {
            handleWaiting(at: loop.now())
            flush()
        }
        isDelivering = false
        resumeClientReads()
        endIfOver()
    }

    private func handleWaiting(at now: Moment) {
        while !waiting.isEmpty || !reads.isEmpty {
            let next = waiting.isEmpty ? Self.takeFirst(of: &reads) : Self.takeFirst(of: &waiting)
            switch consume next {
            case .event(let event): handle(event, at: now)
            case .clientBytes(let bytes): handle(.clientBytes(bytes), at: now)
            case .upstreamBytes(let bytes, let handler):
                if upstream === handler { handle(.upstreamBytes(bytes), at: now) } else { endUnheard(handler) }
            case .upstreamConnected(let handler):
                if upstream === handler { handle(.upstreamConnected(service.upstreamName), at: now) }
            }
        }
    }

    /// Nearly always it is the only one: then nothing is moved.
    private static func takeFirst(of list: inout [Waiting]) -> Waiting {
        list.count == 1 ? list.removeLast() : list.removeFirst()
    }

    /// An upstream that was to be kept has said more than it was asked: whatever that was, the connection ends.
    private func endUnheard(_ handler: UpstreamHandler) {
        for index in closings.indices {
            if case .keeping(let kept, _) = closings[index], kept === handler { closings[index] = .upstream(handler) }
        }
    }
}

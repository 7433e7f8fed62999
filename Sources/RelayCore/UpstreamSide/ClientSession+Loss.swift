import SMTPProtocol

/// A connection that is lost, and one that takes its place.
extension ClientSession {
    /// Whether there is no connection any more.
    var isGone: Bool { state == .absent || state == .lost }

    /// The owner has taken in that the session is over: gives what it has sent since.
    mutating func takeLost() -> [UpstreamRequest] {
        guard state == .lost else { return [] }
        let requests = queue.map { UpstreamRequest($0) }
        reset()
        return requests
    }

    /// Says what is not answered again on a new connection; false when that cannot be done, or was done already.
    mutating func replace(_ trouble: UpstreamTrouble, _ effects: inout [Effect]) -> Bool {
        guard state == .ready, !isClaimed, !unanswered.isEmpty, !isReplacement else { return false }
        let commands = (unanswered + queue).filter { $0.verb != .xforward }
        close(&effects)
        queue = commands
        isReplacement = true
        state = .connecting
        effects.append(.replaced(trouble))
        effects.append(.connect(mayResume: false))
        return true
    }

    /// The session is over. What was said to a message counts if the upstream went away behind it, in order or not; if it
    /// is out of step or silent, nobody knows what became of the message.
    mutating func lose(_ trouble: UpstreamTrouble, closing: Bool, _ effects: inout [Effect]) {
        switch trouble {
        case .closed, .shuttingDown:
            if let answer = unconfirmed { effects.append(.answered(.endOfData, answer)) }
        case .unreachable, .loginRefused, .insecure, .unidentified, .silent, .confused, .capabilitiesShrank:
            break
        }
        let waiting =
            outstanding.filter(\.isOwners) + queue.map { UpstreamRequest($0) }
        let encryption = encryption
        reset()
        state = .lost
        // For the record of what is lost with it.
        self.encryption = encryption
        if closing {
            effects.append(.close(afterFlush: false))
        }
        effects.append(.lost(trouble, waiting: waiting))
    }
}

import SMTPProtocol

/// The end of a session in good manners: QUIT, or a connection that is kept for another session.
extension ClientSession {
    mutating func finish(_ effects: inout [Effect]) {
        switch state {
        case .absent, .lost:
            return
        case .ready where isFitToKeep:
            if isReset, outstanding.isEmpty, let capabilities { return keep(capabilities, &effects) }
            queue.removeAll(keepingCapacity: true)
            state = .returning
            if outstanding.isEmpty {
                outstanding.append(.reset)
                effects.append(.write(.rset))
            }
        case .ready
        where !isTainted && (outstanding.isEmpty || (outstanding == [.reset] && capabilities?.pipelining == true)):
            queue.removeAll(keepingCapacity: true)
            outstanding.append(.quit)
            state = .ending
            effects.append(.write(.quit))
        case .connecting, .securing, .greeting, .hello, .identifying, .loggingIn, .ready, .challenged, .content,
            .ending, .returning:
            close(&effects)
        }
    }

    private var isFitToKeep: Bool {
        transactions < transactionsWhenKept && isVetted && !isTainted && !isClaimed
            && (outstanding.isEmpty || outstanding == [.reset])
    }

    /// The answer to RSET: a connection is kept only when it is 2yz, and nothing else was said.
    mutating func returned(_ replies: [Reply], partial: Bool, _ effects: inout [Effect]) {
        guard !replies.isEmpty else { return }
        let isClean = replies.count == 1 && !partial && replies[0].code.severity == .positiveCompletion
        guard isClean, let capabilities else { return close(&effects) }
        keep(capabilities, &effects)
    }

    private mutating func keep(_ capabilities: Capabilities, _ effects: inout [Effect]) {
        let kept = KeptUpstream(capabilities: capabilities, transactions: transactions, encryption: encryption)
        reset()
        effects.append(.keep(kept))
    }
}

import Policy

/// A wait that a rule imposes on the client before it hears what the policy has decided.
///
/// Nothing of the client is understood meanwhile, so that nothing passes the answer; what it has sent stays where it is.
/// The upstream goes on, and its side may change what is there to be decided. A client that leaves is not waited for.
extension RelaySession {
    mutating func delay(_ question: Question, _ outcome: StageOutcome) {
        let wait = Nanoseconds(outcome.delay)
        delayed.value = (question, outcome)
        deadlines.delay = now.adding(wait)
        transaction?.delay.value &+= wait.value
    }

    mutating func delayPassed() {
        guard let (question, outcome) = delayed.value else { return sendWithheldReply() }
        forgetQuestion()
        settle(question, outcome)
    }

    /// Nobody waits for the policy's answer any more.
    mutating func forgetQuestion() {
        pending = nil
        delayed.value = nil
        withheldReply = nil
        deadlines.delay = nil
    }

    /// Whether what was asked is still to be decided: the upstream may have ended it while the answer was on its way.
    func isOpen(_ question: Question) -> Bool {
        switch (question, message) {
        case (.header, .lookahead), (.message, .lookahead), (.message, .streaming): true
        case (.header, _), (.message, _): false
        case (.connect, _), (.hello, _), (.command, _), (.mail, _), (.recipient, _): true
        }
    }
}

import SMTPProtocol
import Synchronization

/// What the last reply to EHLO meant: an upstream nearly always says the same.
///
/// Shared by the sessions of a listener; what it holds follows from what it is asked with, so that nobody can tell it
/// from reading the reply anew.
final class CapabilityMemory: Sendable {
    private final class Entry: Sendable {
        let reply: Reply
        let capabilities: Capabilities

        init(_ reply: Reply) {
            self.reply = reply
            capabilities = Capabilities(parsing: reply)
        }
    }

    private let last = Mutex<Entry?>(nil)

    func capabilities(by reply: Reply) -> Capabilities {
        if let entry = last.withLock({ $0 }), entry.reply == reply { return entry.capabilities }
        let entry = Entry(reply)
        last.withLock { $0 = entry }
        return entry.capabilities
    }
}

import SMTPProtocol
import Synchronization

/// What the last replies to EHLO meant: an upstream nearly always says the same, in clear and behind STARTTLS.
///
/// Shared by the sessions of a listener; what it holds follows from what it is asked with, so that nobody can tell it
/// from reading the reply anew.
final class CapabilityMemory: Sendable {
    private final class Entry: Sendable {
        let lines: [String]
        let capabilities: Capabilities

        init(_ reply: Reply) {
            lines = reply.lines
            capabilities = Capabilities(parsing: reply)
        }

        /// Octet by octet, and without the first line, which is no keyword: equal texts may be spelt differently.
        func answers(_ reply: Reply) -> Bool {
            guard lines.count == reply.lines.count else { return false }
            for place in lines.indices.dropFirst() where !lines[place].hasSameOctets(as: reply.lines[place]) {
                return false
            }
            return true
        }
    }

    /// The latest one first.
    private let entries = Mutex<[Entry]>([])
    private static let capacity = 2

    func capabilities(by reply: Reply) -> Capabilities {
        let known = entries.withLock { $0 }
        if let entry = known.first(where: { $0.answers(reply) }) { return entry.capabilities }
        let entry = Entry(reply)
        entries.withLock { $0 = [entry] + $0.prefix(Self.capacity - 1) }
        return entry.capabilities
    }
}

extension String {
    /// Compares octets, and not characters, which may be spelt in several ways.
    fileprivate func hasSameOctets(as other: String) -> Bool {
        var (own, other) = (self, other)
        return own.withUTF8 { own in other.withUTF8 { own.count == $0.count && own.elementsEqual($0) } }
    }
}

import NIOCore

/// What a session wants of its spool file, which holds what of a message does not stay in memory. One thing at a time:
/// the next is asked once the answer to the last has come.
public enum SpoolRequest: Sendable {
    /// Appends; the first one makes the file. `spooled` or `spoolFailed` follows.
    case append(ByteBuffer)
    /// Reads on, from the first octet behind what was read before; at most so many octets, and none only at the end.
    /// `spoolRead` or `spoolFailed` follows.
    case read(upTo: Int)
    /// Forgets the file and what is under way. No event follows.
    case discard
}

/// Why the spool cannot take a message, or give it back.
public struct SpoolFailure: Error, Hashable, Sendable {
    /// There is no room now; otherwise the disk is at fault.
    public let isFull: Bool
    /// For the log.
    public let detail: String

    public init(isFull: Bool, detail: String) {
        self.isFull = isFull
        self.detail = detail
    }

    /// What the client hears.
    var reply: OwnReply { isFull ? .holdExhausted : .holdFailed }
}

import CMemory

/// Memory that was given back to the allocator.
enum FreedMemory {
    /// Octets at the end of a heap, of which each thread has one.
    private static let kept: CInt = 4 << 20
    /// What is larger is asked of the system each time, and given back to it.
    private static let largest: CInt = 1 << 20

    /// Keeps some of it for what is read next. Else every buffer of a message's content goes back to the system and is
    /// asked for anew, page by page: with TLS that is a seventh of the processor's time for large messages.
    static func keep() {
        mallopt(M_TRIM_THRESHOLD, kept)
        mallopt(M_MMAP_THRESHOLD, largest)
    }
}

import Foundation

/// Writes lines to a file descriptor from a thread of its own, so that no event loop ever waits for a log.
///
/// Entries are appended to a list under a lock; the thread takes what has gathered, makes lines of it, writes them in as
/// few calls as it can and leaves entries a moment to gather again. The list is bounded: what does not fit is dropped and
/// counted, and a line in the log says how many. The order of lines is that of `write`.
///
/// Sendable without checks: `condition` is that lock, and what changes is read and written under it alone.
public final class LogWriter: @unchecked Sendable {
    private let descriptor: Int32
    private let capacity: Int
    private let gathering: TimeInterval
    private let condition = NSCondition()

    private var entries: [LogEntry] = []
    /// Of all entries.
    private var weight = 0
    private var dropped = 0
    private var droppedInAll = 0
    /// The thread waits for a line.
    private var isIdle = false
    /// What was taken from the list is being written.
    private var isWriting = false
    /// Somebody waits for the list to be empty.
    private var isHurried = false
    private var isClosed = false

    /// - Parameters:
    ///   - descriptor: Where lines go; stays open.
    ///   - capacity: Octets that may wait to be written, about.
    ///   - gathering: Seconds that lines are given to come together.
    public init(descriptor: Int32 = STDERR_FILENO, capacity: Int = 1 << 20, gathering: TimeInterval = 0.02) {
        self.descriptor = descriptor
        self.capacity = capacity
        self.gathering = gathering
        Thread { [self] in run() }.start()
    }

    /// Appends a line, to which the line feed is added. Never waits.
    public func write(_ line: some Collection<UInt8>) {
        write(.line(Array(line)))
    }

    func write(_ entry: consuming LogEntry) {
        let own = entry.weight
        condition.lock()
        defer { condition.unlock() }
        guard !isClosed, weight + own <= capacity else {
            dropped += 1
            droppedInAll += 1
            return
        }
        entries.append(entry)
        weight += own
        if isIdle || weight > capacity / 2 { condition.broadcast() }
    }

    /// Waits until every line written so far has left, but no longer than `limit` seconds.
    public func flush(limit: TimeInterval = 1) {
        let deadline = Date(timeIntervalSinceNow: limit)
        condition.lock()
        defer { condition.unlock() }
        while !entries.isEmpty || isWriting || dropped > 0 {
            isHurried = true
            condition.broadcast()
            guard condition.wait(until: deadline) else { return }
        }
    }

    /// Flushes and ends the thread; lines written later are dropped.
    public func close(limit: TimeInterval = 1) {
        flush(limit: limit)
        condition.lock()
        isClosed = true
        condition.broadcast()
        condition.unlock()
    }

    /// Lines that were lost because they came faster than they could be written.
    public var droppedLines: Int { condition.withLock { droppedInAll } }

    // MARK: The thread

    private func run() {
        var batch: [LogEntry] = []
        var lines: [UInt8] = []
        while let lost = take(&batch) {
            // Taken out one by one: none is copied.
            batch.reverse()
            while let entry = batch.popLast() {
                entry.write(into: &lines)
                if lines.count >= Self.writtenAtOnce { writeOut(&lines) }
            }
            writeOut(&lines)
            if lost > 0 {
                _ = writeAll(Array("\(lost) log lines were dropped: they came faster than they were written\n".utf8))
            }
            condition.withLock {
                isWriting = false
                condition.broadcast()
            }
        }
    }

    private static let writtenAtOnce = 64 * 1024

    /// Writes lines; those that cannot be written are lost.
    private func writeOut(_ lines: inout [UInt8]) {
        let written = writeAll(lines)
        if written < lines.count {
            let lost = lines[written...].count { $0 == UInt8(ascii: "\n") }
            condition.withLock { droppedInAll += lost }
        }
        lines.removeAll(keepingCapacity: true)
    }

    /// Waits for entries and takes them, with the number of those dropped since; nil when the writer is closed.
    private func take(_ batch: inout [LogEntry]) -> Int? {
        condition.lock()
        defer { condition.unlock() }
        while entries.isEmpty, dropped == 0 {
            if isClosed { return nil }
            isHurried = false
            isIdle = true
            condition.wait()
        }
        isIdle = false
        let deadline = Date(timeIntervalSinceNow: gathering)
        while !isHurried, !isClosed, weight <= capacity / 2, condition.wait(until: deadline) {}
        swap(&entries, &batch)
        weight = 0
        isWriting = true
        defer { dropped = 0 }
        return dropped
    }

    /// Writes octets; returns how many could be written.
    private func writeAll(_ octets: [UInt8]) -> Int {
        octets.withUnsafeBytes { octets in
            var written = 0
            while written < octets.count {
                let rest = UnsafeRawBufferPointer(rebasing: octets[written...])
                let count = Foundation.write(descriptor, rest.baseAddress, rest.count)
                if count > 0 {
                    written += count
                } else if count < 0, errno == EAGAIN {
                    var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&ready, 1, 1000)
                } else if count == 0 || errno != EINTR {
                    break
                }
            }
            return written
        }
    }
}

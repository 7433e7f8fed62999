import Foundation

/// Writes lines to a file descriptor from a thread of its own, so that no event loop ever waits for a log.
///
/// Lines are appended to a buffer under a lock; the thread takes what has gathered, writes it in one call and leaves
/// lines a moment to gather again. The buffer is bounded: lines that do not fit are dropped and counted, and a line in
/// the log says how many. The order of lines is that of `write`.
///
/// Sendable without checks: `condition` is that lock, and what changes is read and written under it alone.
public final class LogWriter: @unchecked Sendable {
    private let descriptor: Int32
    private let capacity: Int
    private let gathering: TimeInterval
    private let condition = NSCondition()

    private var buffer: [UInt8] = []
    private var dropped = 0
    private var droppedInAll = 0
    /// The thread waits for a line.
    private var isIdle = false
    /// What was taken from the buffer is being written.
    private var isWriting = false
    /// Somebody waits for the buffer to be empty.
    private var isHurried = false
    private var isClosed = false

    /// - Parameters:
    ///   - descriptor: Where lines go; stays open.
    ///   - capacity: Octets that may wait to be written.
    ///   - gathering: Seconds that lines are given to come together.
    public init(descriptor: Int32 = STDERR_FILENO, capacity: Int = 1 << 20, gathering: TimeInterval = 0.02) {
        self.descriptor = descriptor
        self.capacity = capacity
        self.gathering = gathering
        Thread { [self] in run() }.start()
    }

    /// Appends a line, to which the line feed is added. Never waits.
    public func write(_ line: some Collection<UInt8>) {
        condition.lock()
        defer { condition.unlock() }
        guard !isClosed, buffer.count + line.count < capacity else {
            dropped += 1
            droppedInAll += 1
            return
        }
        buffer.append(contentsOf: line)
        buffer.append(UInt8(ascii: "\n"))
        if isIdle || buffer.count > capacity / 2 { condition.broadcast() }
    }

    /// Waits until every line written so far has left, but no longer than `limit` seconds.
    public func flush(limit: TimeInterval = 1) {
        let deadline = Date(timeIntervalSinceNow: limit)
        condition.lock()
        defer { condition.unlock() }
        while !buffer.isEmpty || isWriting || dropped > 0 {
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
        var batch: [UInt8] = []
        while let lost = take(&batch) {
            var lines = batch[...]
            let note =
                lost > 0 ? Array("\(lost) log lines were dropped: they came faster than they were written\n".utf8) : []
            if !writeAll(&lines) { condition.withLock { droppedInAll += lines.count { $0 == UInt8(ascii: "\n") } } }
            var rest = note[...]
            _ = writeAll(&rest)
            batch.removeAll(keepingCapacity: true)
            condition.withLock {
                isWriting = false
                condition.broadcast()
            }
        }
    }

    /// Waits for lines and takes them, with the number of those dropped since; nil when the writer is closed.
    private func take(_ batch: inout [UInt8]) -> Int? {
        condition.lock()
        defer { condition.unlock() }
        while buffer.isEmpty, dropped == 0 {
            if isClosed { return nil }
            isHurried = false
            isIdle = true
            condition.wait()
        }
        isIdle = false
        let deadline = Date(timeIntervalSinceNow: gathering)
        while !isHurried, !isClosed, buffer.count <= capacity / 2, condition.wait(until: deadline) {}
        swap(&buffer, &batch)
        isWriting = true
        defer { dropped = 0 }
        return dropped
    }

    /// Writes octets; what could not be written stays in `octets`.
    private func writeAll(_ octets: inout ArraySlice<UInt8>) -> Bool {
        while !octets.isEmpty {
            let count = octets.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                octets.removeFirst(count)
            } else if count < 0, errno == EAGAIN {
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&ready, 1, 1000)
            } else if count == 0 || errno != EINTR {
                return false
            }
        }
        return true
    }
}

import Foundation

/// A thread for work that must not take the processor from sessions: loading policies, compiling their patterns.
enum PoliteThread {
    /// How far below other threads it runs, as `nice` counts.
    private static let niceness: CInt = 10

    static func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            let thread = Thread {
                // On Linux this concerns the calling thread alone.
                setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness)
                continuation.resume(returning: work())
            }
            // The compiler of patterns descends deeper than a thread's usual stack.
            thread.stackSize = 8 << 20
            thread.start()
        }
    }
}

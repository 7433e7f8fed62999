import Foundation

/// Work that takes long, on a thread of its own: loading policies, compiling their patterns.
enum HeavyWork {
    /// How far below other threads it runs beside sessions, as `nice` counts.
    private static let niceness: CInt = 10

    /// - Parameter isBesideSessions: Whether sessions of this process must not notice. Before it accepts any,
    ///   clients wait; those of other workers may notice then.
    static func run<Value: Sendable>(
        isBesideSessions: Bool = true,
        _ work: @escaping @Sendable () -> Value
    ) async -> Value {
        await withCheckedContinuation { continuation in
            let thread = Thread {
                if isBesideSessions {
                    // On Linux this concerns the calling thread alone.
                    setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness)
                }
                continuation.resume(returning: work())
            }
            // The compiler of patterns descends deeper than a thread's usual stack.
            thread.stackSize = 8 << 20
            thread.start()
        }
    }
}

import Foundation

/// The niceness that a process was started with: by `nice`, or by `Nice=` of systemd.
///
/// On Linux it is each thread's own, and the threads that Swift runs tasks on have none. What such a thread executes, or
/// the threads that it makes, would begin without it.
enum Niceness {
    /// Gives the calling thread that of the process, so that it is handed on. A thread that would gain by it needs a right
    /// for that, and is left as it is without.
    static func inherit() {
        let kind = __priority_which_t(PRIO_PROCESS.rawValue)
        setpriority(kind, 0, getpriority(kind, id_t(getpid())))
    }
}

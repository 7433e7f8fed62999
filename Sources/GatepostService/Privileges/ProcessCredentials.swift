import Foundation

/// Who a process is and what it may, as the kernel tells: proc_pid_status(5).
struct ProcessCredentials: Hashable, Sendable {
    static let file = "/proc/self/status"

    /// Real, effective, saved, and for files.
    var users: [uid_t]
    var groups: [gid_t]
    /// The names of the sets that give rights and are not empty. The inheritable one gives none: only programs with
    /// capabilities of their own would, to a process that has not promised to gain none. Where system calls are filtered
    /// it cannot be given up.
    var capabilities: [String]
    var mayGainRights: Bool

    /// Those of this process; nil when the kernel does not tell.
    static var current: ProcessCredentials? {
        FileManager.default.contents(atPath: file).flatMap {
            ProcessCredentials(status: String(decoding: $0, as: UTF8.self))
        }
    }

    /// Nil when a line is missing, since nothing is known then.
    init?(status: String) {
        var lines: [Substring: [Substring]] = [:]
        for line in status.split(separator: "\n") {
            let words = line.split(whereSeparator: \.isWhitespace)
            if let name = words.first { lines[name] = Array(words.dropFirst()) }
        }
        let users = (lines["Uid:"] ?? []).compactMap { uid_t($0) }
        let groups = (lines["Gid:"] ?? []).compactMap { gid_t($0) }
        guard users.count == 4, groups.count == 4, let promise = lines["NoNewPrivs:"]?.first else { return nil }
        var held: [String] = []
        for set in ["CapPrm", "CapEff", "CapAmb"] {
            guard let bits = lines["\(set):"]?.first.flatMap({ UInt64($0, radix: 16) }) else { return nil }
            if bits != 0 { held.append(set) }
        }
        self.users = users
        self.groups = groups
        capabilities = held
        mayGainRights = promise != "1"
    }

    /// What there is beyond the rights of an ordinary user; nil when there is nothing.
    var excess: String? {
        if users.contains(0) { return "the user root" }
        if !capabilities.isEmpty { return "a capability (\(capabilities.joined(separator: ", ")))" }
        return mayGainRights ? "the right to gain more by executing a program" : nil
    }
}

import CPrivileges
import Foundation

/// What a process may do beyond what any user may, and how it gives that up.
public enum Privileges {
    /// Whether this process acts as root.
    public static var areThoseOfRoot: Bool { getuid() == 0 || geteuid() == 0 }

    /// Becomes `user` for good, and gives up every capability.
    ///
    /// A process that root has started needs one. One that another user has started stays that user's, whom `user` must
    /// not contradict. What is given up is sure to be so in the calling thread, and in what it executes: `verify` there.
    ///
    /// - Throws: When it cannot be done, or could be undone.
    public static func drop(to user: ServiceUser?) throws(PrivilegeFailure) {
        if areThoseOfRoot {
            guard let user else { throw .noUser }
            gatepost_drop_capability_bound()
            try become(user)
        } else if let user, user.user != getuid() {
            throw .notRoot(asked: user, actual: AccountDatabase.name(of: getuid()))
        }
        gatepost_drop_capabilities()
        guard gatepost_set_no_new_privileges() == 0 else { throw .system("promising to gain none", errno) }
    }

    /// Gives up the rights of root, and begins this program anew, with other arguments, without them.
    ///
    /// A process that goes on instead keeps them in part: Swift's main thread may be past the point at which it can lose
    /// them with the others.
    ///
    /// - Parameter arguments: The name of the program first.
    public static func execute(_ arguments: [String], as user: ServiceUser) throws(PrivilegeFailure) -> Never {
        try drop(to: user)
        try execute(arguments)
    }

    /// Begins this program anew.
    static func execute(_ arguments: [String]) throws(PrivilegeFailure) -> Never {
        // This thread may hear no signals; what is executed must.
        var signals = sigset_t()
        sigemptyset(&signals)
        pthread_sigmask(SIG_SETMASK, &signals, nil)
        execv("/proc/self/exe", arguments.map { strdup($0) } + [nil])
        throw .system("executing /proc/self/exe", errno)
    }

    /// Becomes the user that a configuration names, if root has started this process and one of the files is such a
    /// configuration, so that what is wrong with its files is found by whom it concerns.
    public static func dropToUser(ofConfigurationIn paths: [String]) throws(PrivilegeFailure) {
        guard areThoseOfRoot else { return }
        for path in paths {
            guard let user = Configuration.user(namedIn: path) else { continue }
            return try drop(to: user)
        }
    }

    private static func become(_ user: ServiceUser) throws(PrivilegeFailure) {
        if let account = user.account {
            guard initgroups(account, user.group) == 0 else { throw .system("taking the groups of `\(user)`", errno) }
        } else {
            var group = user.group
            guard setgroups(1, &group) == 0 else { throw .system("leaving the groups of root", errno) }
        }
        // For root these set the real, the effective and the saved one, in all threads.
        guard setgid(user.group) == 0, setuid(user.user) == 0 else { throw .system("becoming `\(user)`", errno) }
        guard setuid(0) != 0, seteuid(0) != 0, setgid(0) != 0 else { throw .excess("the way back to root") }
    }

    /// Holds what the kernel says of this process against what it must not be.
    ///
    /// - Throws: When it is root, has a capability, or could gain rights by executing a program.
    public static func verify() throws(PrivilegeFailure) {
        guard let credentials = ProcessCredentials.current else {
            throw .excess("what \(ProcessCredentials.file) should tell, and does not,")
        }
        if let excess = credentials.excess { throw .excess(excess) }
    }
}

/// Why a process does not serve clients: it has more rights than that takes, or cannot give them up.
public enum PrivilegeFailure: Error, CustomStringConvertible {
    /// Root has started it, and nothing says who is to serve clients.
    case noUser
    /// Root alone can become another user.
    case notRoot(asked: ServiceUser, actual: String)
    /// What is still there, in the words of a sentence.
    case excess(String)
    /// What failed, and the error number.
    case system(_ attempt: String, _ code: CInt)

    public var description: String {
        switch self {
        case .noUser:
            "root does not serve clients: name an account of its own, by `user: gatepost` in the configuration or by "
                + "`--user gatepost`; `adduser --system --group gatepost` makes one"
        case .notRoot(let asked, let actual):
            "`\(asked)` is to serve clients, and only root can bring that about; this process belongs to `\(actual)`"
        case .excess(let what): "clients are not served: \(what) is left, and must not be"
        case .system(let attempt, let code):
            "rights cannot be given up: \(attempt): \(String(cString: strerror(code)))"
        }
    }
}

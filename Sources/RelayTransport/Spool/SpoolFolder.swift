import Glibc

/// The folder below which spool files are made. What they hold is other people's mail.
public enum SpoolFolder {
    /// What keeps a folder from being a spool, as the end of a sentence that names it; nil when nothing does.
    public static func problem(at path: String) -> String? {
        var status = stat()
        guard stat(path, &status) == 0 else { return "cannot be looked at: \(String(cString: strerror(errno)))" }
        guard status.st_mode & S_IFMT == S_IFDIR else { return "is not a folder" }
        guard status.st_mode & 0o007 == 0 else {
            return "is open to every user (permissions \(permissions(status))); expected 0700 or 0750"
        }
        guard status.st_uid == geteuid() || status.st_uid == 0 || geteuid() == 0 else {
            return "belongs to another user (number \(status.st_uid)), who could take part in it; expected this one"
        }
        guard faccessat(AT_FDCWD, path, R_OK | W_OK | X_OK, AT_EACCESS) == 0 else {
            return "cannot be written by this user: \(String(cString: strerror(errno)))"
        }
        return nil
    }

    private static func permissions(_ status: stat) -> String {
        let octal = String(status.st_mode & 0o7777, radix: 8)
        return String(repeating: "0", count: max(0, 4 - octal.count)) + octal
    }
}

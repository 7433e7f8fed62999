import Foundation

/// The users and groups that the system knows: passwd(5), group(5) and what nsswitch.conf adds.
enum AccountDatabase {
    struct Account {
        var name: String
        var user: uid_t
        /// Its primary group.
        var group: gid_t

        init(_ entry: passwd) {
            (name, user, group) = (String(cString: entry.pw_name), entry.pw_uid, entry.pw_gid)
        }
    }

    static func user(named name: String) -> Account? {
        entry(passwd()) {
            getpwnam_r(name, $0, $1, $2, $3)
        } read: {
            Account($0)
        }
    }

    /// The name of a user, or its number where it has none.
    static func name(of user: uid_t) -> String {
        entry(passwd()) {
            getpwuid_r(user, $0, $1, $2, $3)
        } read: {
            Account($0).name
        } ?? "\(user)"
    }

    static func group(named name: String) -> gid_t? {
        entry(Glibc.group()) {
            getgrnam_r(name, $0, $1, $2, $3)
        } read: {
            $0.gr_gid
        }
    }

    private static let largestEntry = 1 << 20

    /// Asks a function that fills an entry and the texts that it points to, with room until these fit.
    private static func entry<Entry, Value>(
        _ empty: Entry,
        ask: (
            UnsafeMutablePointer<Entry>, UnsafeMutablePointer<CChar>, Int,
            UnsafeMutablePointer<UnsafeMutablePointer<Entry>?>
        ) -> CInt,
        read: (Entry) -> Value
    ) -> Value? {
        var room = 4096
        while room <= largestEntry {
            var entry = empty
            var found: UnsafeMutablePointer<Entry>?
            let texts = UnsafeMutablePointer<CChar>.allocate(capacity: room)
            defer { texts.deallocate() }
            let code = ask(&entry, texts, room, &found)
            if code != ERANGE { return code == 0 && found != nil ? read(entry) : nil }
            room *= 4
        }
        return nil
    }
}

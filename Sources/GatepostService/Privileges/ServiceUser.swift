import Foundation

/// The account as which clients are served: `NAME` or `NAME:GROUP`, each a name or a number.
///
/// It is never root, nor in root's group.
public struct ServiceUser: Hashable, Sendable, CustomStringConvertible {
    /// As the operator wrote it.
    public let description: String
    let user: uid_t
    let group: gid_t
    /// The name by which the system knows it, and its further groups; nil when it is a number alone.
    let account: String?

    /// Looks the names up.
    public init(_ text: String) throws(Problem) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard (1...2).contains(parts.count), !parts.contains(""), !text.contains(where: \.isWhitespace) else {
            throw .malformed(text)
        }
        let account = AccountDatabase.user(named: parts[0])
        guard let user = account?.user ?? Self.number(parts[0]) else { throw .unknownUser(parts[0]) }
        let group: gid_t
        if parts.count == 2 {
            guard let found = AccountDatabase.group(named: parts[1]) ?? Self.number(parts[1]) else {
                throw .unknownGroup(parts[1])
            }
            group = found
        } else {
            guard let own = account?.group else { throw .noGroup(parts[0]) }
            group = own
        }
        guard user != 0 else { throw .root }
        guard group != 0 else { throw .rootGroup }
        description = text
        self.user = user
        self.group = group
        self.account = account?.name
    }

    /// The name of the user that this process belongs to.
    public static var current: String { AccountDatabase.name(of: geteuid()) }

    /// The highest number means "leave it as it is" to the system.
    private static func number(_ text: String) -> UInt32? {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return UInt32(text).flatMap { $0 == .max ? nil : $0 }
    }

    /// Why a text names no account that can serve clients.
    public enum Problem: Error, Hashable, CustomStringConvertible {
        case malformed(String)
        case unknownUser(String)
        case unknownGroup(String)
        /// A number without an account has no group.
        case noGroup(String)
        case root
        case rootGroup

        public var description: String {
            switch self {
            case .malformed(let text): "expected a user as in `gatepost` or `gatepost:mail`, found `\(text)`"
            case .unknownUser(let name): "this host has no user `\(name)`"
            case .unknownGroup(let name): "this host has no group `\(name)`"
            case .noGroup(let number):
                "the user \(number) has no account here: write its group as well, `\(number):GROUP`"
            case .root: "root does not serve clients: name an account of its own, as in `user: gatepost`"
            case .rootGroup: "root's group does not serve clients: name another one, as in `user: gatepost:gatepost`"
            }
        }
    }
}

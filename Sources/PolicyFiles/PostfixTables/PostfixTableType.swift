/// How a Postfix table is written, and looked up: the word before the colon in `pcre:/etc/postfix/header_checks`.
public enum PostfixTableType: String, CaseIterable, Sendable {
    /// Patterns of Perl [pcre_table(5)].
    case pcre
    /// Patterns of POSIX [regexp_table(5)].
    case regexp
    /// Keys and values, the input of `postmap` [access(5)].
    case hash

    /// The types whose tables are written like those of `hash`.
    private static let indexed = ["hash", "texthash", "btree", "lmdb", "cdb", "dbm", "sdbm"]

    public init?(name: String) {
        if Self.indexed.contains(name) {
            self = .hash
        } else if let type = PostfixTableType(rawValue: name) {
            self = type
        } else {
            return nil
        }
    }

    /// The names under which a type is known, for messages.
    public static let names = ["pcre", "regexp"] + indexed

    /// `TYPE:PATH` as Postfix's configuration has it, or a path alone.
    public static func split(_ argument: String) -> (type: PostfixTableType?, path: String) {
        guard let colon = argument.firstIndex(of: ":"), let type = PostfixTableType(name: String(argument[..<colon]))
        else { return (nil, argument) }
        return (type, String(argument[argument.index(after: colon)...]))
    }
}

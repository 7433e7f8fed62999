/// The mailboxes of an address field such as From, To or Reply-To [5322 3.4], read leniently.
///
/// Comments, quoted strings, groups, obsolete routes and white space are understood. What is not quite an address list
/// is read the way a mail reader would show it: angle brackets that are not closed, addresses without a comma between
/// them, 8-bit text.
public struct AddressList: Hashable, Sendable {
    public struct Entry: Hashable, Sendable {
        /// The address without comments and white space; empty where there is but a name.
        public let address: String
        /// The local part without quoting.
        public let local: String
        /// What stands behind the last `@`; empty when there is none.
        public let domain: String
        /// The name, or the comment that takes its place, with encoded words decoded; empty when there is none.
        public let displayName: String
    }

    public let entries: [Entry]

    /// Reads an unfolded value whose encoded words are not yet decoded.
    public init(parsing value: String) {
        entries = Entry(plain: value).map { [$0] } ?? AddressListParser.parse(Array(value.utf8))
    }
}

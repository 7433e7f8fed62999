/// A set of domains, some of them with all their subdomains.
struct DomainSet: Sendable {
    private static let itself: UInt8 = 1
    private static let subdomains: UInt8 = 2

    private var table = TextTable()
    private var hasSubdomains = false

    var isEmpty: Bool { table.count == 0 }
    var count: Int { table.count }

    /// Adds a domain; a leading dot also takes its subdomains.
    mutating func insert(_ domain: some StringProtocol) {
        let takesSubdomains = domain.hasPrefix(".")
        let name = takesSubdomains ? domain.dropFirst() : domain[...]
        hasSubdomains = hasSubdomains || takesSubdomains
        table.insert(
            name.utf8.map(Caseless.lowercase),
            marks: takesSubdomains ? Self.itself | Self.subdomains : Self.itself
        )
    }

    /// Calls a body with every domain in lower case, and whether its subdomains are taken too.
    func forEach(_ body: (UnsafeBufferPointer<UInt8>, _ takesSubdomains: Bool) -> Void) {
        table.forEach { body($0, $1 & Self.subdomains != 0) }
    }

    func contains(_ domain: String) -> Bool {
        if isEmpty { return false }
        return Caseless.withLowercased(domain) { containsLowercased($0) }
    }

    /// Looks up a domain in lower case, then what is left behind each of its dots.
    func containsLowercased(_ domain: UnsafeBufferPointer<UInt8>) -> Bool {
        if isEmpty { return false }
        if table.marks(of: domain) & Self.itself != 0 { return true }
        guard hasSubdomains else { return false }
        for i in domain.indices.dropLast() where domain[i] == UInt8(ascii: ".") {
            let parent = UnsafeBufferPointer(rebasing: domain[(i + 1)...])
            if table.marks(of: parent) & Self.subdomains != 0 { return true }
        }
        return false
    }
}

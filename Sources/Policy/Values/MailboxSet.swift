import SMTPProtocol

/// A set of mail addresses, and of domains that stand for all addresses in them.
struct MailboxSet: Sendable {
    /// Keys are the local part as written, `@`, and the domain in lower case; other texts in lower case.
    private(set) var addresses = TextTable()
    private(set) var domains = DomainSet()

    mutating func insert(_ mailbox: Mailbox) {
        addresses.insert(Self.key(local: mailbox.localPart.text, domain: mailbox.domain.description))
    }

    mutating func insert(domain: some StringProtocol) {
        domains.insert(domain)
    }

    /// Adds what is not a mailbox: the empty text of the null reverse-path, and `postmaster`.
    mutating func insert(special text: String) {
        addresses.insert(text.utf8.map(Caseless.lowercase))
    }

    func contains(local: String, domain: String) -> Bool {
        if addresses.count > 0 {
            let key = Self.key(local: local, domain: domain)
            if key.withUnsafeBufferPointer({ addresses.marks(of: $0) != 0 }) { return true }
        }
        return domains.contains(domain)
    }

    func contains(special text: String) -> Bool {
        Caseless.withLowercased(text) { addresses.marks(of: $0) != 0 }
    }

    static func key(local: String, domain: String) -> [UInt8] {
        var key: [UInt8] = []
        key.reserveCapacity(local.utf8.count + 1 + domain.utf8.count)
        key.append(contentsOf: local.utf8)
        key.append(UInt8(ascii: "@"))
        key.append(contentsOf: domain.utf8.lazy.map(Caseless.lowercase))
        return key
    }
}

/// A set that stands in memory once, however many rules look something up in it.
final class SharedSet: Sendable {
    let values: ValueSet

    init(_ values: ValueSet) {
        self.values = values
    }
}

/// The operands of `is`, `in` and `not-in`, kept in the form in which an attribute's values are looked up.
enum ValueSet: Sendable {
    case flag(Bool)
    case numbers(Set<Int>)
    /// Texts compared as written.
    case texts(TextTable)
    /// Texts compared without case, kept in lower case.
    case words(TextTable)
    case domains(DomainSet)
    case mailboxes(MailboxSet)
    case networks(NetworkSet)

    var count: Int {
        switch self {
        case .flag: 1
        case .numbers(let numbers): numbers.count
        case .texts(let table), .words(let table): table.count
        case .domains(let domains): domains.count
        case .mailboxes(let mailboxes): mailboxes.addresses.count + mailboxes.domains.count
        case .networks(let networks): networks.count
        }
    }

    func contains(_ value: AttributeValue) -> Bool {
        switch (self, value) {
        case (.flag(let expected), .flag(let flag)): expected == flag
        case (.numbers(let numbers), .number(let number)): numbers.contains(number)
        case (.texts(let table), .text(let text)): Caseless.withOctets(text) { table.marks(of: $0) != 0 }
        case (.words(let table), .text(let text)): Caseless.withLowercased(text) { table.marks(of: $0) != 0 }
        case (.domains(let domains), .text(let text)): domains.contains(text)
        case (.mailboxes(let mailboxes), .mailbox(let mailbox)):
            mailboxes.contains(local: mailbox.localPart.text, domain: mailbox.domain.description)
        case (.mailboxes(let mailboxes), .entry(let entry)):
            mailboxes.contains(local: entry.local, domain: entry.domain)
        case (.mailboxes(let mailboxes), .text(let text)): mailboxes.contains(special: text)
        case (.networks(let networks), .network(let address)): networks.contains(address)
        default: false
        }
    }
}

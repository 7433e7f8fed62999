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
        // One after the other: of a pair of both, each would be copied.
        switch self {
        case .flag(let expected):
            if case .flag(let flag) = value { expected == flag } else { false }
        case .numbers(let numbers):
            if case .number(let number) = value { numbers.contains(number) } else { false }
        case .texts(let table):
            if case .text(let text) = value { Caseless.withOctets(text) { table.marks(of: $0) != 0 } } else { false }
        case .words(let table):
            if case .text(let text) = value {
                Caseless.withLowercased(text) { table.marks(of: $0) != 0 }
            } else {
                false
            }
        case .domains(let domains):
            if case .text(let text) = value { domains.contains(text) } else { false }
        case .mailboxes(let mailboxes):
            switch value {
            case .mailbox(let mailbox):
                mailboxes.contains(local: mailbox.localPart.text, domain: mailbox.domain.description)
            case .entry(let entry): mailboxes.contains(local: entry.local, domain: entry.domain)
            case .text(let text): mailboxes.contains(special: text)
            default: false
            }
        case .networks(let networks):
            if case .network(let address) = value { networks.contains(address) } else { false }
        }
    }
}

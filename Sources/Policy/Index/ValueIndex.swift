import SMTPProtocol

/// The rules that ask an attribute for a value, by that value: equality, domains with their subdomains, addresses and
/// networks.
///
/// A value is looked up under each key that a set holding it could have, so that the cost does not grow with the number
/// of rules. The rules found are those whose sets contain the value.
struct ValueIndex: Sendable {
    /// Entries of a set beyond which it is not taken apart but asked as a whole.
    static let largestSet = 256

    private var table = TextTable()
    /// By the place of a key in the table.
    private var rules: [[Int32]] = []
    private var kinds: Set<ValueKey.Kind> = []
    private var networks: Set<ValueKey.NetworkForm> = []

    var isEmpty: Bool { rules.isEmpty }

    mutating func insert(_ set: ValueSet, for rule: Int32) {
        set.forEachKey { kind, octets in
            kinds.insert(kind)
            let place = ValueKey.withOctets(kind, octets) { table.insert($0) }
            if place == rules.count { rules.append([]) }
            if rules[place].last != rule { rules[place].append(rule) }
        }
        if case .networks(let networks) = set {
            networks.forEach { isIPv4, length, _ in self.networks.insert(.init(isIPv4: isIPv4, length: length)) }
        }
    }

    /// Selects the rules that ask for a value.
    func select(_ value: AttributeValue, into selection: inout RuleSelection) {
        switch value {
        case .flag(let flag): look(.number, ValueKey.octets(of: flag ? 1 : 0), &selection)
        case .number(let number): look(.number, ValueKey.octets(of: number), &selection)
        case .network(let address):
            for form in networks where form.isIPv4 == address.isIPv4 {
                let prefix = NetworkSet.Prefix(address, length: form.length)
                look(.network, ValueKey.octets(of: form, prefix), &selection)
            }
        case .text(let text):
            look(.text, text.utf8, &selection)
            look(.word, Self.lowercased(text), &selection)
            look(.special, Self.lowercased(text), &selection)
            look(domain: text, &selection)
        case .mailbox(let mailbox):
            look(local: mailbox.localPart.text, domain: mailbox.domain.description, &selection)
        case .entry(let entry):
            look(local: entry.local, domain: entry.domain, &selection)
        }
    }

    private func look(local: String, domain: String, _ selection: inout RuleSelection) {
        if kinds.contains(.address) { look(.address, MailboxSet.key(local: local, domain: domain), &selection) }
        look(domain: domain, &selection)
    }

    /// Looks for the domain itself, and for what is left behind each of its dots.
    private func look(domain: String, _ selection: inout RuleSelection) {
        look(.domain, Self.lowercased(domain), &selection)
        guard kinds.contains(.subdomains) else { return }
        let octets = domain.utf8.map(Caseless.lowercase)
        for dot in octets.indices.dropLast() where octets[dot] == UInt8(ascii: ".") {
            look(.subdomains, octets[(dot + 1)...], &selection)
        }
    }

    private func look(_ kind: ValueKey.Kind, _ octets: some Collection<UInt8>, _ selection: inout RuleSelection) {
        guard kinds.contains(kind) else { return }
        if let place = ValueKey.withOctets(kind, octets, { table.place(of: $0) }) { selection.insert(rules[place]) }
    }

    private static func lowercased(_ text: String) -> some Collection<UInt8> {
        text.utf8.lazy.map(Caseless.lowercase)
    }
}

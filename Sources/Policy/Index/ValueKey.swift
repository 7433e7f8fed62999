import SMTPProtocol

/// What is looked up in a `ValueIndex`: an octet that tells the kind of a value, and the value in the form in which it
/// is compared.
enum ValueKey {
    enum Kind: UInt8 {
        case number, text, word, domain, subdomains, address, special, network
    }

    /// Calls a body with the octets of a key.
    static func withOctets<Result>(
        _ kind: Kind,
        _ value: some Collection<UInt8>,
        _ body: (UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: value.count + 1) { key in
            key[0] = kind.rawValue
            var place = 1
            for octet in value {
                key[place] = octet
                place += 1
            }
            return body(UnsafeBufferPointer(key))
        }
    }

    static func octets(of number: Int) -> [UInt8] {
        withUnsafeBytes(of: number) { Array($0) }
    }

    static func octets(of network: NetworkForm, _ prefix: NetworkSet.Prefix) -> [UInt8] {
        [network.isIPv4 ? 4 : 6, UInt8(truncatingIfNeeded: network.length)]
            + withUnsafeBytes(of: (prefix.high, prefix.low)) { Array($0) }
    }

    /// The family of a network and how many of 128 bits its prefix has.
    struct NetworkForm: Hashable, Sendable {
        var isIPv4: Bool
        var length: Int
    }
}

extension ValueSet {
    /// Calls a body with the kind and the octets of every key under which a value of the set is found.
    func forEachKey(_ body: (ValueKey.Kind, UnsafeBufferPointer<UInt8>) -> Void) {
        switch self {
        case .flag(let flag): ValueKey.octets(of: flag ? 1 : 0).withUnsafeBufferPointer { body(.number, $0) }
        case .numbers(let numbers):
            for number in numbers { ValueKey.octets(of: number).withUnsafeBufferPointer { body(.number, $0) } }
        case .texts(let table): table.forEach { text, _ in body(.text, text) }
        case .words(let table): table.forEach { word, _ in body(.word, word) }
        case .domains(let domains): domains.forEachKey(body)
        case .mailboxes(let mailboxes):
            // A special text has no @, and no address is without.
            mailboxes.addresses.forEach { text, _ in body(text.contains(UInt8(ascii: "@")) ? .address : .special, text)
            }
            mailboxes.domains.forEachKey(body)
        case .networks(let networks):
            networks.forEach { isIPv4, length, prefix in
                let form = ValueKey.NetworkForm(isIPv4: isIPv4, length: length)
                ValueKey.octets(of: form, prefix).withUnsafeBufferPointer { body(.network, $0) }
            }
        }
    }
}

extension DomainSet {
    fileprivate func forEachKey(_ body: (ValueKey.Kind, UnsafeBufferPointer<UInt8>) -> Void) {
        forEach { domain, takesSubdomains in
            body(.domain, domain)
            if takesSubdomains { body(.subdomains, domain) }
        }
    }
}

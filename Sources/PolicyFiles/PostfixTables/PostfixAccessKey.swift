import Policy
import SMTPProtocol

/// A key of access(5) in the terms of a policy.
struct PostfixAccessKey: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// `<>`
        case nullSender
        /// `user@domain`
        case address(String)
        /// `domain`, with its subdomains where `coversSubdomains`
        case domain(String, coversSubdomains: Bool)
        /// `.domain`: the subdomains alone
        case subdomains(String)
        /// `192.0.2`
        case network(IPNetwork)
        /// `user@`
        case user(String)
    }

    let kind: Kind

    /// The order in which Postfix looks: a key of a lower rank is asked for first.
    var rank: Int {
        switch kind {
        case .nullSender, .address: 0
        case .domain(let name, _): 1_000 - 2 * name.split(separator: ".").count
        case .subdomains(let name): 1_001 - 2 * (name.split(separator: ".").count + 1)
        case .network(let network): 3_000 - network.prefixLength
        case .user: 4_000
        }
    }

    /// Reads a key; nil when Postfix never asks for such a key.
    init?(_ key: String, for subject: PostfixAccessSubject, parentsMatch: Bool) {
        if subject.isMailbox, let kind = Self.mailbox(key, subject) {
            self.kind = kind
        } else if subject == .client, let network = Self.network(key) {
            kind = .network(network)
        } else if key.hasPrefix("."), Domain(String(key.dropFirst())) != nil, !parentsMatch {
            kind = .subdomains(String(key.dropFirst()))
        } else if Domain(key) != nil {
            kind = .domain(key, coversSubdomains: parentsMatch)
        } else {
            return nil
        }
    }

    private static func mailbox(_ key: String, _ subject: PostfixAccessSubject) -> Kind? {
        if key == "<>" { return subject == .sender ? .nullSender : nil }
        if key.hasSuffix("@"), key.utf8.count > 1 { return .user(String(key.dropLast())) }
        return Mailbox(key) == nil ? nil : .address(key)
    }

    /// An address, or one to three octets of IPv4, or one to seven groups of IPv6.
    private static func network(_ key: String) -> IPNetwork? {
        if IPAddress(key) != nil { return IPNetwork(key) }
        let octets = key.split(separator: ".", omittingEmptySubsequences: false)
        if octets.count <= 3,
            octets.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } })
        {
            let missing = Array(repeating: "0", count: 4 - octets.count)
            return IPNetwork(
                (octets.map(String.init) + missing).joined(separator: ".") + "/\(octets.count * 8)")
        }
        let groups = key.split(separator: ":", omittingEmptySubsequences: false)
        guard groups.count > 1, groups.count < 8, groups.allSatisfy({ !$0.isEmpty }) else { return nil }
        return IPNetwork(groups.joined(separator: ":") + "::/\(groups.count * 16)")
    }

    /// Whether everything that this key stands for is also what the other one stands for.
    func isBelow(_ other: PostfixAccessKey) -> Bool {
        switch (kind, other.kind) {
        case (.address(let address), .domain(let domain, let covers)):
            Self.domain(of: address) == domain
                || covers && Self.domain(of: address).hasSuffix("." + domain)
        case (.address(let address), .subdomains(let domain)):
            Self.domain(of: address).hasSuffix("." + domain)
        case (.address(let address), .user(let user)): address.hasPrefix(user + "@")
        case (.domain(let name, _), .domain(let domain, let covers)):
            covers && name.hasSuffix("." + domain)
        case (.domain(let name, _), .subdomains(let domain)): name.hasSuffix("." + domain)
        case (.subdomains(let name), .subdomains(let domain)): name.hasSuffix("." + domain)
        case (.domain, .user), (.subdomains, .user), (.domain, .network), (.subdomains, .network): true
        case (.network(let inner), .network(let outer)):
            inner.prefixLength > outer.prefixLength && outer.contains(inner.address)
        default: false
        }
    }

    private static func domain(of address: String) -> String {
        address.split(separator: "@").last.map(String.init) ?? ""
    }
}

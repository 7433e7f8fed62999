import Policy
import PolicyFiles
import RelayCore
import RelayTransport
import SMTPProtocol

/// Who is believed on who the client is, and how the upstream learns it.
extension ConfigurationReader {
    private static let identifications: KeyValuePairs<String, UpstreamIdentification> = [
        "none": .none, "xclient": .xclient, "xforward": .xforward, "proxy-v1": .proxyV1, "proxy-v2": .proxyV2,
    ]

    mutating func identification(_ upstream: DocumentMapping) -> UpstreamIdentification {
        guard let node = upstream["identify"],
            let choice = reader.choice(node, "how the client is made known", among: Self.identifications)
        else { return .none }
        if choice != .none, let reuse = upstream["reuse"] {
            let name = Self.identifications.first { $0.value == choice }?.key ?? ""
            reader.error(
                at: reuse.location,
                "`reuse` is of no use beside `identify: \(name)`: a connection that is told who its client is serves no other"
            )
        }
        return choice
    }

    mutating func trustedProxies(_ listener: DocumentMapping, address: Endpoint?) -> TrustedProxies {
        TrustedProxies(
            header: networks("accept-proxy-protocol", of: listener, address: address),
            xclient: networks("accept-xclient", of: listener, address: address)
        )
    }

    private mutating func networks(_ key: String, of listener: DocumentMapping, address: Endpoint?) -> [IPNetwork] {
        guard let node = listener[key], let nodes = reader.sequence(node, "networks") else { return [] }
        if nodes.isEmpty { reader.error(at: node.location, "expected at least one network, found none") }
        if case .unixSocket = address {
            reader.error(at: node.location, "`\(key)` is of no use on a Unix socket, whose clients have no address")
        }
        return nodes.compactMap { network($0) }
    }
}

import Policy
import PolicyFiles
import SMTPProtocol

/// Reads a configuration out of a document.
struct ConfigurationReader {
    var reader = DocumentReader()
    /// The file that is read; what it names is relative to it.
    let path: String

    mutating func configuration(_ root: DocumentNode) -> Configuration {
        var configuration = Configuration()
        let keys = ConfigurationKeys.names(ConfigurationKeys.top)
        guard let mapping = reader.mapping(root, "a configuration", keys: keys) else { return configuration }

        if let node = mapping["hostname"] { configuration.hostname = hostname(node) ?? configuration.hostname }
        let upstreams = required("upstreams", of: mapping, root).map { self.upstreams($0) }
        let listeners = required("listeners", of: mapping, root).map { self.listeners($0) }
        configuration.upstreams = upstreams ?? []
        configuration.listeners = checked(listeners ?? [], upstreams: mapping["upstreams"])
        if let node = mapping["policies"] { configuration.policies = policies(node) }
        if let node = mapping["trace"] {
            configuration.trace =
                reader.choice(node, "a kind of trace", among: ["received": .received, "none": .none]) ?? .received
        }
        if let node = mapping["limits"] {
            reader.section(node, "limits", Configuration.Limits.settings, into: &configuration.limits)
        }
        if let node = mapping["timeouts"] {
            reader.section(node, "timeouts", Configuration.Timeouts.settings, into: &configuration.timeouts)
        }
        if let node = mapping["log"] {
            reader.section(node, "log settings", Configuration.LogSettings.settings, into: &configuration.log)
        }
        return configuration
    }

    private mutating func required(
        _ key: String,
        of mapping: DocumentMapping,
        _ root: DocumentNode
    ) -> DocumentNode? {
        reader.required(key, of: mapping, "a configuration", at: root.location)
    }

    private mutating func hostname(_ node: DocumentNode) -> String? {
        guard let text = reader.name(node, "a domain") else { return nil }
        if let domain = Domain(text), domain.isASCII { return domain.text }
        reader.error(at: node.location, "expected a domain as in `mx.example.com`, found `\(text)`")
        return nil
    }

    private mutating func policies(_ node: DocumentNode) -> [String] {
        var places: [String: SourceLocation] = [:]
        return reader.oneOrMore(node).compactMap { node in
            guard let name = reader.name(node, "the path of a policy") else { return nil }
            let path = OperatorFile.resolve(name, relativeTo: path)
            if let first = places.updateValue(node.location, forKey: path) {
                reader.error(at: node.location, "duplicate policy `\(name)`; first named in line \(first.line)")
                return nil
            }
            return path
        }
    }

    // MARK: Upstreams

    private mutating func upstreams(_ node: DocumentNode) -> [Configuration.Upstream] {
        guard let mapping = reader.mapping(node, "upstreams by name") else { return [] }
        if mapping.entries.isEmpty { reader.error(at: node.location, "expected at least one upstream") }
        return mapping.entries.compactMap { entry in
            let keys = ConfigurationKeys.names(ConfigurationKeys.upstream)
            guard let upstream = reader.mapping(entry.value, "an upstream", keys: keys),
                let servers = reader.required("servers", of: upstream, "an upstream", at: entry.key.location),
                let server = server(servers)
            else { return nil }
            return Configuration.Upstream(name: entry.key.value, server: server)
        }
    }

    private mutating func server(_ node: DocumentNode) -> Endpoint? {
        guard let servers = reader.sequence(node, "servers") else { return nil }
        if servers.isEmpty { reader.error(at: node.location, "expected a server, found none") }
        let endpoints = servers.map { node -> Endpoint? in
            guard let endpoint = reader.endpoint(node, "a server") else { return nil }
            guard case .internet(_, port: 0) = endpoint else { return endpoint }
            reader.error(at: node.location, "expected a server, found port 0")
            return nil
        }
        for node in servers.dropFirst() {
            reader.error(at: node.location, "one server per upstream in this version; found another one")
        }
        return endpoints.first ?? nil
    }

    // MARK: Listeners

    /// A listener with the places that messages about it point at.
    private struct PlacedListener {
        var name: Located<String>
        var address: Located<Endpoint>
        var upstream: Located<String>
    }

    private mutating func listeners(_ node: DocumentNode) -> [PlacedListener] {
        guard let nodes = reader.sequence(node, "listeners") else { return [] }
        if nodes.isEmpty { reader.error(at: node.location, "expected at least one listener") }
        return nodes.compactMap { listener($0) }
    }

    private mutating func listener(_ node: DocumentNode) -> PlacedListener? {
        let keys = ConfigurationKeys.names(ConfigurationKeys.listener)
        guard let mapping = reader.mapping(node, "a listener", keys: keys) else { return nil }
        let name = reader.required("name", of: mapping, "a listener", at: node.location)
        let address = reader.required("address", of: mapping, "a listener", at: node.location)
        let upstream = reader.required("upstream", of: mapping, "a listener", at: node.location)
        let nameText = name.flatMap { reader.name($0, "the name of a listener") }
        let endpoint = address.flatMap { reader.endpoint($0) }
        let upstreamText = upstream.flatMap { reader.name($0, "the name of an upstream") }
        guard let name, let address, let upstream, let nameText, let endpoint, let upstreamText else { return nil }
        return PlacedListener(
            name: Located(nameText, at: name.location),
            address: Located(endpoint, at: address.location),
            upstream: Located(upstreamText, at: upstream.location)
        )
    }

    /// The listeners, after names, addresses and references have been checked against each other.
    private mutating func checked(_ listeners: [PlacedListener], upstreams: DocumentNode?) -> [Configuration.Listener] {
        // Those that were written, usable or not: a faulty upstream is no unknown one.
        let known = upstreams?.mapping?.entries.map(\.key.value) ?? []
        var names: [String: SourceLocation] = [:]
        var addresses: [Endpoint: SourceLocation] = [:]
        return listeners.map { listener in
            if let first = names.updateValue(listener.name.location, forKey: listener.name.value) {
                reader.error(
                    at: listener.name.location,
                    "duplicate listener `\(listener.name.value)`; first named in line \(first.line)"
                )
            }
            if !listener.address.value.isFreeChoice,
                let first = addresses.updateValue(listener.address.location, forKey: listener.address.value)
            {
                reader.error(
                    at: listener.address.location,
                    "duplicate address `\(listener.address.value)`; first given in line \(first.line)"
                )
            }
            if !known.contains(listener.upstream.value) {
                let hint = NearestName.hint(listener.upstream.value, among: known)
                reader.error(
                    at: listener.upstream.location, "unknown upstream `\(listener.upstream.value)`" + hint
                )
            }
            return Configuration.Listener(
                name: listener.name.value,
                address: listener.address.value,
                upstream: listener.upstream.value
            )
        }
    }
}

extension Endpoint {
    /// Whether the system picks the port, so that two of these are never the same.
    fileprivate var isFreeChoice: Bool { if case .internet(_, port: 0) = self { true } else { false } }
}

import Policy
import PolicyFiles
import RelayCore
import RelayTransport
import SMTPProtocol

/// Reads a configuration out of a document.
struct ConfigurationReader {
    var reader = DocumentReader()
    /// The file that is read; what it names is relative to it.
    let path: String

    mutating func configuration(_ root: DocumentNode) -> Configuration {
        var configuration = Configuration()
        let keys = ConfigurationKeys.names(ConfigurationKeys.top)
        guard let mapping = reader.mapping(root, "a configuration", keys: keys, later: later("")) else {
            return configuration
        }

        if let node = mapping["hostname"], let name = hostname(node) { configuration.relay.hostname = name }
        let listeners = required("listeners", of: mapping, root).map { self.listeners($0) } ?? []
        configuration.upstreams = required("upstreams", of: mapping, root).map { upstreams($0) } ?? []
        let material = material(mapping)
        configuration.relay.listeners = checked(
            listeners, configuration.upstreams, material, written: mapping["upstreams"]
        )
        if let node = mapping["policies"] { configuration.policies = policies(node) }
        if let node = mapping["cache"] {
            configuration.cache = reader.name(node, "the path of a folder").map {
                OperatorFile.resolve($0, relativeTo: path)
            }
        }
        if let node = mapping["spool"] { configuration.relay.spoolFolder = spoolFolder(node) }
        if let node = mapping["trace"] { RelayConfiguration.traceSetting.read(&reader, node, &configuration.relay) }
        if let node = mapping["user"] { configuration.user = user(node) }
        if let node = mapping["workers"] { Configuration.workersSetting.read(&reader, node, &configuration) }
        if let node = mapping["threads"] { Configuration.threadsSetting.read(&reader, node, &configuration) }
        if let node = mapping["limits"] {
            let settings = RelayConfiguration.limitSettings
            reader.section(node, "limits", settings, into: &configuration.relay)
            warnOfQuota(node, besides: mapping["spool"])
        }
        if let node = mapping["timeouts"] {
            reader.section(node, "timeouts", RelayConfiguration.timeoutSettings, into: &configuration.relay)
        }
        if let node = mapping["log"] {
            reader.section(node, "log settings", Configuration.LogSettings.settings, into: &configuration.log)
        }
        return configuration
    }

    private func later(_ mapping: String) -> [String] { ConfigurationKeys.later[mapping] ?? [] }

    private mutating func required(
        _ key: String,
        of mapping: DocumentMapping,
        _ root: DocumentNode
    ) -> DocumentNode? {
        reader.required(key, of: mapping, "a configuration", at: root.location)
    }

    /// Who serves clients.
    mutating func user(_ node: DocumentNode) -> ServiceUser? {
        guard let text = reader.name(node, "a user") else { return nil }
        do throws(ServiceUser.Problem) {
            return try ServiceUser(text)
        } catch {
            reader.error(at: node.location, "\(error)")
            return nil
        }
    }

    /// A folder for spool files, which must be there and be no other user's business.
    private mutating func spoolFolder(_ node: DocumentNode) -> String? {
        guard let name = reader.name(node, "the path of a folder") else { return nil }
        let folder = OperatorFile.resolve(name, relativeTo: path)
        guard let problem = SpoolFolder.problem(at: folder) else { return folder }
        reader.error(at: node.location, "the spool `\(name)` \(problem)")
        return nil
    }

    private mutating func warnOfQuota(_ limits: DocumentNode, besides spool: DocumentNode?) {
        let quota = limits.mapping?.entries.first { $0.key.value == "spool" }
        guard spool == nil, let quota else { return }
        let problem = "`limits.spool` is of no use without the key `spool`, which names the folder"
        reader.warning(at: quota.key.location, problem)
    }

    private mutating func hostname(_ node: DocumentNode) -> String? {
        guard let text = reader.name(node, "a domain") else { return nil }
        if let domain = Domain(text), domain.isASCII { return domain.text }
        reader.error(at: node.location, "expected a domain as in `mx.example.com`, found `\(text)`")
        return nil
    }

    private mutating func policies(_ node: DocumentNode) -> [Configuration.PolicyPath] {
        var places: [String: SourceLocation] = [:]
        return reader.oneOrMore(node).compactMap { node in
            guard let name = reader.name(node, "the path of a policy") else { return nil }
            let path = OperatorFile.resolve(name, relativeTo: path)
            if let first = places.updateValue(node.location, forKey: path) {
                reader.error(at: node.location, "duplicate policy `\(name)`; first named in line \(first.line)")
                return nil
            }
            return .init(path, namedAt: node.location)
        }
    }

    // MARK: Upstreams

    private mutating func upstreams(_ node: DocumentNode) -> [Configuration.Upstream] {
        guard let mapping = reader.mapping(node, "upstreams by name") else { return [] }
        if mapping.entries.isEmpty { reader.error(at: node.location, "expected at least one upstream") }
        return mapping.entries.compactMap { entry in
            let keys = ConfigurationKeys.names(ConfigurationKeys.upstream)
            guard let upstream = reader.mapping(entry.value, "an upstream", keys: keys, later: later("upstreams.NAME")),
                let servers = reader.required("servers", of: upstream, "an upstream", at: entry.key.location),
                let server = server(servers)
            else { return nil }
            let tls = upstreamTLS(upstream, server: server)
            var target = Configuration.Upstream(
                name: entry.key.value,
                server: server,
                reuse: reuse(upstream["reuse"]),
                tls: tls,
                eightBit: eightBit(upstream["eight-bit"]),
                login: upstream["login"].flatMap { login($0, server: server, tls: tls) }
            )
            if let node = upstream["chunking"] {
                Configuration.Upstream.chunkingSetting.read(&reader, node, &target)
            }
            target.identify = identification(upstream)
            return target
        }
    }

    private mutating func reuse(_ node: DocumentNode?) -> UpstreamReuse? {
        guard let node else { return nil }
        var reuse = UpstreamReuse()
        reader.section(node, "how connections are kept", UpstreamReuse.settings, into: &reuse)
        return reuse
    }

    /// `require`, `downgrade`, or `{ downgrade: { signed: true } }`.
    private mutating func eightBit(_ node: DocumentNode?) -> EightBitHandling {
        guard let node else { return .require }
        guard node.mapping != nil else {
            return reader.choice(
                node, "what becomes of 8-bit content",
                among: ["require": EightBitHandling.require, "downgrade": .downgrade(breakingSignatures: false)]
            ) ?? .require
        }
        guard let mapping = reader.mapping(node, "what becomes of 8-bit content", keys: ["downgrade"]),
            let downgrade = mapping["downgrade"],
            let settings = reader.mapping(downgrade, "how content is converted", keys: ["signed"])
        else { return .require }
        let signed = settings["signed"].flatMap { reader.flag($0) } ?? false
        return .downgrade(breakingSignatures: signed)
    }

    private mutating func server(_ node: DocumentNode) -> Endpoint? {
        guard let servers = reader.sequence(node, "servers") else { return nil }
        if servers.isEmpty { reader.error(at: node.location, "expected a server, found none") }
        let endpoints = servers.map { node -> Endpoint? in
            guard let endpoint = reader.endpoint(node, "a server") else { return nil }
            guard endpoint.isFreeChoice else { return endpoint }
            reader.error(at: node.location, "expected the port of a server, found 0")
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
        var security: WrittenSecurity?
        var lineEnds = LineEnds.refuse
        var authentication: ClientAuthentication
        var trusted: TrustedProxies
    }

    private mutating func listeners(_ node: DocumentNode) -> [PlacedListener] {
        guard let nodes = reader.sequence(node, "listeners") else { return [] }
        if nodes.isEmpty { reader.error(at: node.location, "expected at least one listener") }
        return nodes.compactMap { listener($0) }
    }

    private mutating func listener(_ node: DocumentNode) -> PlacedListener? {
        let keys = ConfigurationKeys.names(ConfigurationKeys.listener)
        guard let mapping = reader.mapping(node, "a listener", keys: keys, later: later("listeners")) else {
            return nil
        }
        let name = reader.required("name", of: mapping, "a listener", at: node.location)
        let address = reader.required("address", of: mapping, "a listener", at: node.location)
        let upstream = reader.required("upstream", of: mapping, "a listener", at: node.location)
        let nameText = name.flatMap { reader.name($0, "the name of a listener") }
        let endpoint = address.flatMap { reader.endpoint($0) }
        let upstreamText = upstream.flatMap { reader.name($0, "the name of an upstream") }
        let security = security(mapping)
        let lineEnds = mapping["line-ends"].map { self.lineEnds($0) } ?? .refuse
        let authentication = authentication(mapping, isEncrypted: security != nil)
        let trusted = trustedProxies(mapping, address: endpoint)
        guard let name, let address, let upstream, let nameText, let endpoint, let upstreamText else { return nil }
        return PlacedListener(
            name: Located(nameText, at: name.location),
            address: Located(endpoint, at: address.location),
            upstream: Located(upstreamText, at: upstream.location),
            security: security,
            lineEnds: lineEnds,
            authentication: authentication,
            trusted: trusted
        )
    }

    /// `refuse`, `normalise`, or `{ normalise-for: [192.168.7.0/24] }`
    private mutating func lineEnds(_ node: DocumentNode) -> LineEnds {
        let words: KeyValuePairs<String, LineEnds> = ["refuse": .refuse, "normalise": .normalise]
        guard node.mapping != nil else {
            return reader.choice(node, "what becomes of bare line ends", among: words) ?? .refuse
        }
        guard let mapping = reader.mapping(node, "line ends", keys: ["normalise-for"]),
            let networks = reader.required("normalise-for", of: mapping, "line ends", at: node.location)
        else { return .refuse }
        return .normaliseFor(reader.oneOrMore(networks).compactMap { network($0) })
    }

    mutating func network(_ node: DocumentNode) -> IPNetwork? {
        guard let text = reader.name(node, "a network") else { return nil }
        if let network = IPNetwork(text) { return network }
        let hint = IPNetwork.enclosing(text).map { "; did you mean `\($0)`?" } ?? ""
        reader.error(at: node.location, "expected a network as in `192.0.2.0/24`, found `\(text)`" + hint)
        return nil
    }

    /// The listeners, after names, addresses and references have been checked against each other.
    ///
    /// `written` is the mapping of upstreams as it stands in the file: a faulty upstream is no unknown one.
    private mutating func checked(
        _ listeners: [PlacedListener],
        _ upstreams: [Configuration.Upstream],
        _ material: TLSMaterial,
        written: DocumentNode?
    ) -> [RelayConfiguration.Listener] {
        let known = written?.mapping?.entries.map(\.key.value) ?? []
        var names: [String: SourceLocation] = [:]
        var addresses: [Endpoint: SourceLocation] = [:]
        return listeners.compactMap { listener in
            let (name, address, upstream) = (listener.name, listener.address, listener.upstream)
            if let first = names.updateValue(name.location, forKey: name.value) {
                reader.error(
                    at: name.location,
                    "duplicate listener `\(name.value)`; first named in line \(first.line)"
                )
            }
            if !address.value.isFreeChoice, let first = addresses.updateValue(address.location, forKey: address.value) {
                reader.error(
                    at: address.location,
                    "duplicate address `\(address.value)`; first given in line \(first.line)"
                )
            }
            if !known.contains(upstream.value) {
                let hint = NearestName.hint(upstream.value, among: known)
                reader.error(at: upstream.location, "unknown upstream `\(upstream.value)`" + hint)
            }
            let security = listener.security.flatMap { self.security($0, of: name.value, material) }
            guard let target = upstreams.first(where: { $0.name == upstream.value }) else { return nil }
            var made = RelayConfiguration.Listener(
                name: name.value, endpoint: address.value, upstream: target.server, reuse: target.reuse
            )
            made.security = security
            made.upstreamTLS = target.tls
            made.eightBit = target.eightBit
            made.sendsChunks = target.sendsChunks
            made.lineEnds = listener.lineEnds
            made.authentication = listener.authentication
            made.login = target.login
            made.identify = target.identify
            made.trusted = listener.trusted
            return made
        }
    }
}

extension DocumentReader {
    /// An address to listen at or to connect to.
    mutating func endpoint(_ node: DocumentNode, _ subject: String = "an address") -> Endpoint? {
        let subject = "\(subject) (host:port, [v6]:port or unix:/path)"
        guard let text = name(node, subject) else { return nil }
        if let endpoint = Endpoint(text) { return endpoint }
        error(at: node.location, "expected \(subject), found `\(text)`")
        return nil
    }
}

extension Endpoint {
    /// Whether the system picks the port, so that two of these are never the same.
    fileprivate var isFreeChoice: Bool {
        switch self {
        case .address(_, let port), .name(_, let port): port == 0
        case .unixSocket: false
        }
    }
}

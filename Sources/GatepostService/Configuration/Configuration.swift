import Logging
import Policy
import RelayCore
import RelayTransport

/// What an operator tells Gatepost about itself: the content of `gatepost.yaml`, with the defaults filled in.
public struct Configuration: Sendable {
    /// A mail server that receives what passes.
    public struct Upstream: Sendable {
        public var name: String
        public var server: Endpoint
        /// How finished connections are kept for other sessions; nil when they are closed.
        public var reuse: UpstreamReuse?
        /// TLS with it; nil when there is none.
        public var tls: UpstreamTLS?
        /// What becomes of 8-bit content when the server takes only 7 bits.
        public var eightBit: EightBitHandling
        /// Whether messages may go to it as chunks (RFC 3030).
        public var sendsChunks = true
        /// How Gatepost logs in to it by itself; nil when it does not.
        public var login: UpstreamLogin?
        /// How it learns who the client is.
        public var identify = UpstreamIdentification.none

        public init(
            name: String,
            server: Endpoint,
            reuse: UpstreamReuse? = nil,
            tls: UpstreamTLS? = nil,
            eightBit: EightBitHandling = .require,
            login: UpstreamLogin? = nil
        ) {
            self.name = name
            self.server = server
            self.reuse = reuse
            self.tls = tls
            self.eightBit = eightBit
            self.login = login
        }
    }

    /// Where the policies are read from.
    public struct PolicyPath: Hashable, Sendable {
        /// The path as it is opened.
        public var path: String
        /// Where the configuration names it; nil on a command line.
        public var place: SourceLocation?

        public init(_ path: String, namedAt place: SourceLocation? = nil) {
            self.path = path
            self.place = place
        }
    }

    /// What is written to the log, and how.
    public struct LogSettings: Hashable, Sendable {
        public enum Format: String, CaseIterable, Hashable, Sendable {
            case text
            case json
        }

        public var level = Logger.Level.info
        public var format = Format.text

        public init(level: Logger.Level = .info, format: Format = .text) {
            self.level = level
            self.format = format
        }
    }

    /// What the relay runs; its policies come from `policies`.
    public var relay: RelayConfiguration
    public var upstreams: [Upstream] = []
    /// The policy files in the order in which their rules are tried.
    public var policies: [PolicyPath] = []
    /// The folder in which compiled patterns are kept.
    public var cache: String?
    public var log = LogSettings()
    /// Who serves clients when root starts the process; nil when somebody else does.
    public var user: ServiceUser?
    /// Processes that serve clients.
    public var workers = 1
    /// Threads that serve clients, of all workers together; nil for one for each processor.
    public var threads: Int?

    public init(hostname: String = SystemName.hostname) {
        relay = RelayConfiguration(hostname: hostname, listeners: [])
    }

    /// One listener before one upstream, as `serve --listen … --upstream …` asks for.
    public init(
        listen address: String,
        upstream server: String,
        policies paths: [String],
        user: String? = nil
    ) throws(UsageError) {
        self.init()
        let (address, server) = (try Endpoint(argument: address), try Endpoint(argument: server))
        relay.listeners = [.init(name: "default", endpoint: address, upstream: server)]
        upstreams = [Upstream(name: "default", server: server)]
        policies = paths.map { PolicyPath($0) }
        do throws(ServiceUser.Problem) {
            if let user { self.user = try ServiceUser(user) }
        } catch {
            throw UsageError("\(error)")
        }
    }
}

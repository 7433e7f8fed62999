import Logging
import PolicyFiles

/// What an operator tells Gatepost about itself: the content of `gatepost.yaml`, with the defaults filled in.
public struct Configuration: Hashable, Sendable {
    /// The name in the greeting, in EHLO towards the upstream and in trace fields.
    public var hostname: String
    public var listeners: [Listener]
    public var upstreams: [Upstream]
    /// The policy files in the order in which their rules are tried; paths as they are opened.
    public var policies: [String]
    /// Whether a Received field is added to each message (RFC 5321 4.4).
    public var trace: Trace
    public var limits: Limits
    public var timeouts: Timeouts
    public var log: LogSettings

    public init(
        hostname: String = SystemName.hostname,
        listeners: [Listener] = [],
        upstreams: [Upstream] = [],
        policies: [String] = [],
        trace: Trace = .received,
        limits: Limits = Limits(),
        timeouts: Timeouts = Timeouts(),
        log: LogSettings = LogSettings()
    ) {
        self.hostname = hostname
        self.listeners = listeners
        self.upstreams = upstreams
        self.policies = policies
        self.trace = trace
        self.limits = limits
        self.timeouts = timeouts
        self.log = log
    }
}

extension Configuration {
    /// An address at which clients are accepted, and where their mail goes.
    public struct Listener: Hashable, Sendable {
        public var name: String
        public var address: Endpoint
        /// The name of an upstream.
        public var upstream: String

        public init(name: String, address: Endpoint, upstream: String) {
            self.name = name
            self.address = address
            self.upstream = upstream
        }
    }

    /// A mail server that receives what passes.
    public struct Upstream: Hashable, Sendable {
        public var name: String
        public var server: Endpoint

        public init(name: String, server: Endpoint) {
            self.name = name
            self.server = server
        }
    }

    public enum Trace: Hashable, Sendable {
        case received
        case none
    }

    /// What is written to the log, and how.
    public struct LogSettings: Hashable, Sendable {
        public enum Format: Hashable, Sendable {
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
}

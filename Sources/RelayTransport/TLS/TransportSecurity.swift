import TLSEngine

/// TLS with the clients of a listener.
public struct ListenerSecurity: Sendable {
    public enum Beginning: Hashable, Sendable {
        /// Where the client asks for it by STARTTLS.
        case startTLS
        /// Before anything is said.
        case implicit
    }

    public var beginning: Beginning
    public var context: TLSServerContext

    public init(_ beginning: Beginning, _ context: TLSServerContext) {
        self.beginning = beginning
        self.context = context
    }
}

/// TLS with an upstream.
public struct UpstreamTLS: Sendable {
    public enum Demand: Hashable, Sendable {
        /// In clear where the upstream does not offer it, or the handshake fails.
        case opportunistic
        /// By STARTTLS, or not at all.
        case required
        /// Before anything is said.
        case implicit
    }

    public var demand: Demand
    public var context: TLSClientContext
    /// What the upstream is asked for by name, and its certificate must be for where it is verified.
    public var name: String

    public init(_ demand: Demand, _ context: TLSClientContext, name: String) {
        self.demand = demand
        self.context = context
        self.name = name
    }
}

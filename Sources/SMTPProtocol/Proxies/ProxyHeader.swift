/// What a proxy says of a connection in front of it, before anything else: the header of HAProxy's PROXY protocol.
public struct ProxyHeader: Hashable, Sendable {
    /// One end of a TCP connection.
    public struct Peer: Hashable, Sendable {
        public var address: IPAddress
        public var port: UInt16

        public init(_ address: IPAddress, _ port: UInt16) {
            self.address = address
            self.port = port
        }
    }

    /// Both ends of the connection between the client and the proxy.
    public struct Connection: Hashable, Sendable {
        public var source: Peer
        public var destination: Peer

        public init(from source: Peer, to destination: Peer) {
            self.source = source
            self.destination = destination
        }
    }

    /// How the client's connection to the proxy is encrypted.
    public struct Encryption: Hashable, Sendable {
        /// `TLSv1.3`, as OpenSSL names it.
        public var version: String
        /// As OpenSSL names it; empty when the proxy does not say.
        public var cipher: String
        /// Of the client's certificate; nil unless the proxy has verified it.
        public var commonName: String?

        public init(version: String, cipher: String, commonName: String? = nil) {
            self.version = version
            self.cipher = cipher
            self.commonName = commonName
        }
    }

    /// Nil when the connection is the proxy's own (`LOCAL`, a health check) or it does not know (`UNKNOWN`): what the
    /// network says of it holds.
    public var connection: Connection?
    /// Nil when the client's connection is not encrypted, or nothing is said of it. Version 2 alone can say it.
    public var encryption: Encryption?

    public init(_ connection: Connection? = nil, encryption: Encryption? = nil) {
        self.connection = connection
        self.encryption = encryption
    }
}

/// Why octets are no header of the PROXY protocol.
public enum ProxyHeaderFault: String, Error, Hashable, Sendable, CustomStringConvertible {
    /// They begin otherwise.
    case missing = "there is none"
    case tooLong = "it is too long"
    /// Version 1: not a line as it should be.
    case line = "its line is malformed"
    /// Version 2: a version, command or family that is not known.
    case unknown = "its version, command or family is not known"
    /// Version 2: addresses or fields that do not fit their lengths.
    case lengths = "its lengths do not fit"
    /// Version 2: a text of TLS that is none.
    case text = "its text is malformed"
    /// Version 2: damaged on its way.
    case checksum = "its checksum is wrong"

    public var description: String { rawValue }
}

import PolicyFiles

extension Configuration {
    /// The bounds of what peers may take in time (RFC 5321 4.5.3.2).
    public struct Timeouts: Hashable, Sendable {
        /// Until the next command of a client; above: 421 4.4.2.
        public var command = Duration.seconds(300)
        /// Until the next octets of a message; above: 421 4.4.2.
        public var data = Duration.seconds(600)
        /// The whole of a session; above: 421 4.4.2 at the end of its transaction.
        public var session = Duration.seconds(7200)
        /// Until the upstream has accepted the connection.
        public var connect = Duration.seconds(30)
        /// Until the upstream has answered a command.
        public var upstreamReply = Duration.seconds(300)
        /// Until the upstream has answered the end of a message.
        public var upstreamFinal = Duration.seconds(660)
        /// The octets a second below which a client that sends a message is closed with 421 4.4.2; 0: none.
        public var pace = 1000

        public init() {}

        private static let range = Duration.milliseconds(100)...DurationText.maximum

        static let settings: [Setting<Timeouts>] = [
            .duration("command", \.command, in: range),
            .duration("data", \.data, in: range),
            .duration("session", \.session, in: range),
            .duration("connect", \.connect, in: range),
            .duration("upstream-reply", \.upstreamReply, in: range),
            .duration("upstream-final", \.upstreamFinal, in: range),
            .pace("pace", \.pace, in: 0...(1 << 30)),
        ]
    }
}

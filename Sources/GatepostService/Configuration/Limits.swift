import PolicyFiles

extension Configuration {
    /// The bounds of what peers may ask for. Sizes are in octets.
    public struct Limits: Hashable, Sendable {
        /// Sessions at the same time; above: 421 4.3.2.
        public var sessions = 20_000
        /// Sessions of one client address at the same time; above: 421 4.7.0.
        public var sessionsPerClient = 100
        /// Recipients of one transaction; above: 452 4.5.3 (RFC 5321 4.5.3.1.8 asks for at least 100).
        public var recipients = 1000
        /// The longest command line with its CRLF; above: 500 5.5.2 (RFC 5321 4.5.3.1.4 asks for at least 512).
        public var commandLine = 4096
        /// The largest header section; above: 552 5.3.4.
        public var header = 256 << 10
        /// The largest message; above: 552 5.3.4 (RFC 1870 6.1).
        public var message = 50 << 20
        /// Replies 5yz of one session; at the limit: 421 4.7.0.
        public var errors = 20
        /// Received fields of a message; above: 554 5.4.6 (RFC 5321 6.3 asks for at least 100).
        public var received = 100

        public init() {}

        static let settings: [Setting<Limits>] = [
            .count("sessions", \.sessions, in: 1...1_000_000),
            .count("sessions-per-client", \.sessionsPerClient, in: 1...1_000_000),
            .count("recipients", \.recipients, in: 1...100_000),
            .size("command-line", \.commandLine, in: 512...65_536),
            .size("header", \.header, in: 1024...(16 << 20)),
            .size("message", \.message, in: 1024...(1 << 40)),
            .count("errors", \.errors, in: 1...10_000),
            .count("received", \.received, in: 1...1000),
        ]
    }
}

import PolicyFiles
import RelayCore
import RelayTransport

extension RelayConfiguration {
    /// The bounds of what peers may ask for.
    static let limitSettings: [Setting<Self>] = [
        .count("sessions", \.sessions, in: 1...1_000_000),
        .count("sessions-per-client", \.sessionsPerClient, in: 1...1_000_000),
        .count("recipients", \.limits.recipients, in: 1...100_000),
        .size("command-line", \.limits.commandLine, in: 512...65_536),
        .size("header", \.limits.header, in: 1024...(16 << 20)),
        .size("message", \.limits.message, in: 0...(1 << 40)),
        .count("errors", \.limits.errors, in: 1...10_000),
        .count("received", \.limits.received, in: 1...1000),
        .size("held", \.limits.held, in: 0...(1 << 30)),
        .size("held-memory", \.heldMemory, in: 0...(1 << 40)),
        .size("spool", \.spoolQuota, in: 0...(1 << 50)),
        .count("auth-failures", \.limits.failedLogins, in: 1...10_000),
    ]

    /// The bounds of what peers may take in time.
    static let timeoutSettings: [Setting<Self>] = [
        .duration("handshake", \.timeouts.handshake),
        .duration("command", \.timeouts.command),
        .duration("data", \.timeouts.data),
        .duration("session", \.timeouts.session),
        .duration("connect", \.timeouts.connect),
        .duration("upstream-reply", \.timeouts.upstreamReply),
        .duration("upstream-final", \.timeouts.upstreamFinal),
        .pace("pace", \.timeouts.pace, in: 0...(1 << 30)),
    ]

    /// What is added to each message.
    static let traceSetting = Setting<Self>.choice("trace", \.addsTraceField, "a kind of trace") {
        ["received": true, "none": false]
    }
}

extension Configuration.LogSettings {
    static let settings: [Setting<Self>] = [
        .choice("level", \.level, "a level") {
            [
                "trace": .trace, "debug": .debug, "info": .info, "notice": .notice, "warning": .warning,
                "error": .error, "critical": .critical,
            ]
        },
        .choice("format", \.format, "a format") { ["text": .text, "json": .json] },
    ]
}

extension Configuration {
    static let workersSetting = Setting<Self>.count("workers", \.workers, in: 1...256)
    static let threadsSetting = Setting<Self>.count("threads", \.threads, in: 1...256)
}

extension Configuration.Upstream {
    /// Whether a message may go to the upstream as a chunk.
    static let chunkingSetting = Setting<Self>.choice("chunking", \.sendsChunks, "whether to send chunks") {
        ["off": false, "auto": true]
    }

    /// An upstream of which nothing was said.
    static let standard = Self(name: "", server: .unixSocket(path: ""))
}

extension UpstreamReuse {
    /// How finished connections are kept.
    static let settings: [Setting<Self>] = [
        .duration("idle", \.idle),
        .count("transactions", \.transactions, in: 1...1_000_000),
    ]
}

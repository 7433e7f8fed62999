import RelayCore
import RelayTransport
import TLSEngine

/// Every key of the configuration as the reference shows it.
public enum ConfigurationKeys {
    public struct Row: Hashable, Sendable {
        /// The key with those it stands under: `limits.sessions`, `listeners.name`.
        public var path: String
        /// What its value is.
        public var form: String
        /// What holds when it is not given; "required" when it must be.
        public var standard: String
    }

    /// Keys that the configuration has and this version does not take, by the mapping in which they stand.
    static let later: [String: [String]] = [
        "": ["admin", "state"],
        "upstreams.NAME": ["protocol", "balance", "sessions"],
    ]

    static let top: [Row] = [
        Row(path: "hostname", form: "domain", standard: "the system's"),
        Row(path: "listeners", form: "sequence of mappings", standard: "required"),
        Row(path: "upstreams", form: "mapping by name", standard: "required"),
        Row(path: "policies", form: "path or sequence of paths", standard: "none"),
        Row(path: "cache", form: "path", standard: "none"),
        Row(path: "spool", form: "path", standard: "none"),
        Row(path: "certificates", form: "sequence of mappings", standard: "none"),
        Row(path: "tls", form: "mapping", standard: "see below"),
        row("trace", RelayConfiguration.traceSetting, standard),
        Row(path: "user", form: userForm, standard: "none"),
        row("workers", Configuration.workersSetting, Configuration()),
        Row(path: "threads", form: Configuration.threadsSetting.form, standard: "one for each processor"),
        Row(path: "limits", form: "mapping", standard: "see below"),
        Row(path: "timeouts", form: "mapping", standard: "see below"),
        Row(path: "log", form: "mapping", standard: "see below"),
    ]

    static let userForm = "NAME or NAME:GROUP"

    static let lineEnds = "`refuse`, `normalise`, or `{ normalise-for: [NETWORK, ...] }`"

    static let listener: [Row] = [
        Row(path: "listeners.name", form: "name", standard: "required"),
        Row(path: "listeners.address", form: "address", standard: "required"),
        Row(path: "listeners.upstream", form: "name of an upstream", standard: "required"),
        Row(path: "listeners.line-ends", form: lineEnds, standard: "refuse"),
        Row(path: "listeners.tls", form: "`off`, `starttls`, `implicit`", standard: "off"),
        Row(path: "listeners.tls-client-ca", form: "path", standard: "none"),
        Row(path: "listeners.auth", form: "`off`, `after-tls`, `always`", standard: "after-tls"),
        Row(path: "listeners.accept-proxy-protocol", form: "sequence of networks", standard: "none"),
        Row(path: "listeners.accept-xclient", form: "sequence of networks", standard: "none"),
    ]

    /// What becomes of 8-bit content.
    static let eightBitForm = "`require`, `downgrade` or `{ downgrade: { signed: true } }`"

    static let upstream: [Row] = [
        Row(path: "upstreams.NAME.servers", form: "sequence of one address", standard: "required"),
        Row(
            path: "upstreams.NAME.tls", form: "`off`, `opportunistic`, `required`, `verified`, `implicit`",
            standard: "off"
        ),
        Row(path: "upstreams.NAME.tls-name", form: "domain", standard: "the server's"),
        Row(path: "upstreams.NAME.tls-ca", form: "path", standard: "the system's"),
        Row(path: "upstreams.NAME.tls-certificate", form: "mapping", standard: "none"),
        Row(path: "upstreams.NAME.login", form: "mapping", standard: "none"),
        Row(
            path: "upstreams.NAME.identify", form: "`none`, `xclient`, `xforward`, `proxy-v1`, `proxy-v2`",
            standard: "none"
        ),
        Row(path: "upstreams.NAME.reuse", form: "mapping", standard: "off"),
        Row(path: "upstreams.NAME.eight-bit", form: eightBitForm, standard: "require"),
        row("upstreams.NAME.chunking", Configuration.Upstream.chunkingSetting, Configuration.Upstream.standard),
    ]

    static let upstreamCertificate: [Row] = [
        Row(path: "upstreams.NAME.tls-certificate.chain", form: "path", standard: "required"),
        Row(path: "upstreams.NAME.tls-certificate.key", form: "path", standard: "required"),
    ]

    static let login: [Row] = [
        Row(path: "upstreams.NAME.login.user", form: "text", standard: "required"),
        Row(path: "upstreams.NAME.login.password-file", form: "path", standard: "none"),
        Row(path: "upstreams.NAME.login.token-file", form: "path", standard: "none"),
    ]

    static let certificate: [Row] = [
        Row(path: "certificates.chain", form: "path", standard: "required"),
        Row(path: "certificates.key", form: "path", standard: "required"),
    ]

    /// All keys, in the order of the reference.
    public static var rows: [Row] {
        top + listener + upstream
            + upstreamCertificate + login
            + rows("upstreams.NAME.reuse", UpstreamReuse.settings, UpstreamReuse())
            + certificate + rows("tls", TLSSettings.settings, TLSSettings())
            + rows("limits", RelayConfiguration.limitSettings, standard)
            + rows("timeouts", RelayConfiguration.timeoutSettings, standard)
            + rows("log", Configuration.LogSettings.settings, Configuration.LogSettings())
    }

    static func names(_ rows: [Row]) -> [String] {
        rows.map { row in String(row.path.split(separator: ".").last ?? "") }
    }

    private static func rows<Section>(_ name: String, _ settings: [Setting<Section>], _ section: Section) -> [Row] {
        settings.map { row("\(name).\($0.key)", $0, section) }
    }

    private static func row<Section>(_ path: String, _ setting: Setting<Section>, _ section: Section) -> Row {
        Row(path: path, form: setting.form, standard: setting.standard(section))
    }

    /// A configuration in which nothing was said.
    private static let standard = RelayConfiguration(hostname: "", listeners: [])
}

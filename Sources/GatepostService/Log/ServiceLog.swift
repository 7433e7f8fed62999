import Logging
import NIOConcurrencyHelpers

/// Where the log goes and how it looks; the settings can change while it is in use.
public final class ServiceLog: Sendable {
    let writer: LogWriter
    private let box: NIOLockedValueBox<Configuration.LogSettings>

    public init(_ settings: Configuration.LogSettings, writer: LogWriter) {
        self.writer = writer
        box = NIOLockedValueBox(settings)
    }

    public var settings: Configuration.LogSettings {
        get { box.withLockedValue { $0 } }
        set { box.withLockedValue { $0 = newValue } }
    }

    /// A logger for what is no record of a session.
    public func logger(_ label: String) -> Logger {
        Logger(label: label) { _ in LineLogHandler(self) }
    }
}

import Logging

/// Writes what is logged through swift-log as lines of text or JSON.
public struct LineLogHandler: LogHandler {
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?

    private let writer: LogWriter
    private let format: Configuration.LogSettings.Format

    public init(_ settings: Configuration.LogSettings, writer: LogWriter) {
        self.logLevel = settings.level
        self.format = settings.format
        self.writer = writer
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var line = LogLine(
            format, time: .now, level: event.level.rawValue, message: event.message.description
        )
        var fields = metadata
        if let provided = metadataProvider?.get() { fields.merge(provided) { $1 } }
        if let own = event.metadata { fields.merge(own) { $1 } }
        if let error = event.error { fields["error"] = "\(error)" }
        for (key, value) in fields.sorted(by: { $0.key < $1.key }) { line.add(key, value.description) }
        writer.write(line.finish())
    }
}

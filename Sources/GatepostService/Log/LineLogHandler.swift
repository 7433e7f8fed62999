import Logging

/// Writes what is logged through swift-log as lines of text or JSON.
struct LineLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    private let log: ServiceLog
    /// A level of this logger's own, in place of the one that was configured.
    private var ownLevel: Logger.Level?

    init(_ log: ServiceLog) {
        self.log = log
    }

    var logLevel: Logger.Level {
        get { ownLevel ?? log.settings.level }
        set { ownLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let message = event.message.description
        var line = LogLine(log.settings.format, time: .now, level: event.level.rawValue, message: message)
        var fields = metadata
        if let provided = metadataProvider?.get() { fields.merge(provided) { $1 } }
        if let own = event.metadata { fields.merge(own) { $1 } }
        if let error = event.error { fields["error"] = "\(error)" }
        for (key, value) in fields.sorted(by: { $0.key < $1.key }) { line.add(.given(key), value.description) }
        log.writer.write(line.finish())
    }
}

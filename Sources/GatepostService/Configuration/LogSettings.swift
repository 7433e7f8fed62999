import Logging

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

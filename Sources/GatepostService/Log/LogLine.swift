/// One line of the log under construction: a time, a level, a message and fields.
///
/// Text: `2026-11-23T19:36:24.162Z info listening address=127.0.0.1:25`. Values that hold anything but plain visible
/// ASCII stand in double quotes with escapes, so that no peer can end a line or pretend another field.
/// JSON: one object a line, with `time`, `level` and `message` first.
struct LogLine {
    private(set) var octets: [UInt8] = []
    private let format: Configuration.LogSettings.Format

    init(_ format: Configuration.LogSettings.Format, time: LogTime, level: String, message: String) {
        self.format = format
        octets.reserveCapacity(384)
        switch format {
        case .text:
            time.write(into: &octets)
            octets.append(UInt8(ascii: " "))
            octets.append(contentsOf: level.utf8)
            octets.append(UInt8(ascii: " "))
            LogEscape.text(message, quotes: false, into: &octets)
        case .json:
            octets.append(contentsOf: "{\"time\":\"".utf8)
            time.write(into: &octets)
            octets.append(contentsOf: "\",\"level\":\"".utf8)
            octets.append(contentsOf: level.utf8)
            octets.append(contentsOf: "\",\"message\":".utf8)
            LogEscape.json(message, into: &octets)
        }
    }

    /// Adds a field with a text value.
    mutating func add(_ key: String, _ value: String) {
        begin(key)
        switch format {
        case .text: LogEscape.text(value, quotes: !LogEscape.isPlain(value), into: &octets)
        case .json: LogEscape.json(value, into: &octets)
        }
    }

    /// Adds a field with a number.
    mutating func add(_ key: String, _ value: some BinaryInteger) {
        begin(key)
        octets.append(contentsOf: String(value).utf8)
    }

    /// Adds a field with several values: `key=a,b`, or an array.
    mutating func add(_ key: String, _ values: [String]) {
        switch format {
        case .text:
            add(key, values.joined(separator: ","))
        case .json:
            begin(key)
            octets.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { octets.append(UInt8(ascii: ",")) }
                LogEscape.json(value, into: &octets)
            }
            octets.append(UInt8(ascii: "]"))
        }
    }

    /// The finished line, without its line feed.
    consuming func finish() -> [UInt8] {
        if format == .json { octets.append(UInt8(ascii: "}")) }
        return octets
    }

    private mutating func begin(_ key: String) {
        switch format {
        case .text:
            octets.append(UInt8(ascii: " "))
            LogEscape.text(key, quotes: !LogEscape.isPlain(key), into: &octets)
            octets.append(UInt8(ascii: "="))
        case .json:
            octets.append(UInt8(ascii: ","))
            LogEscape.json(key, into: &octets)
            octets.append(UInt8(ascii: ":"))
        }
    }
}

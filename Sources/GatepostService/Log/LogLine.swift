/// One line of the log under construction: a time, a level, a message and fields.
///
/// Text: `2026-11-23T19:36:24.162Z info listening address=127.0.0.1:25`. Values that hold anything but plain visible
/// ASCII stand in double quotes with escapes, so that no peer can end a line or pretend another field.
/// JSON: one object a line, with `time`, `level` and `message` first.
struct LogLine {
    private var octets: [UInt8]
    private let format: Configuration.LogSettings.Format

    /// Begins a line, behind other octets if there are any.
    init(
        _ format: Configuration.LogSettings.Format,
        time: LogTime,
        level: String,
        message: String,
        behind others: consuming [UInt8] = []
    ) {
        self.format = format
        octets = others
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
    mutating func add(_ key: Key, _ value: String) {
        begin(key)
        switch format {
        case .text: append(value)
        case .json: LogEscape.json(value, into: &octets)
        }
    }

    /// Adds a field with a number.
    mutating func add(_ key: Key, _ value: some BinaryInteger) {
        begin(key)
        append(Int(clamping: value))
    }

    /// Adds a field with several values: `key=a,b`, or an array.
    mutating func add(_ key: Key, _ values: [String]) {
        switch format {
        case .text:
            add(key, values.count == 1 ? values[0] : values.joined(separator: ","))
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

    /// The finished line, without its line feed, behind what was there before.
    consuming func finish() -> [UInt8] {
        if format == .json { octets.append(UInt8(ascii: "}")) }
        return octets
    }

    private mutating func append(_ number: Int) {
        guard number >= 0 else { return octets.append(contentsOf: String(number).utf8) }
        let start = octets.count
        var rest = number
        repeat {
            octets.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        octets[start...].reverse()
    }

    private mutating func begin(_ key: Key) {
        switch (format, key) {
        case (.text, .fixed(let name)):
            octets.append(UInt8(ascii: " "))
            append(name)
            octets.append(UInt8(ascii: "="))
        case (.json, .fixed(let name)):
            octets.append(contentsOf: [UInt8(ascii: ","), UInt8(ascii: "\"")])
            append(name)
            octets.append(contentsOf: [UInt8(ascii: "\""), UInt8(ascii: ":")])
        case (.text, .given(let name)):
            octets.append(UInt8(ascii: " "))
            append(name)
            octets.append(UInt8(ascii: "="))
        case (.json, .given(let name)):
            octets.append(UInt8(ascii: ","))
            LogEscape.json(name, into: &octets)
            octets.append(UInt8(ascii: ":"))
        }
    }

    private mutating func append(_ name: StaticString) {
        octets.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    }

    /// Appends text, in quotes where it needs them.
    private mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { plain in
            switch LogEscape.need(of: plain) {
            case .nothing:
                octets.append(contentsOf: plain)
            case .quotes, .escapes:
                LogEscape.text(String(decoding: plain, as: UTF8.self), quotes: true, into: &octets)
            }
        }
    }
}

extension LogLine {
    /// The name of a field.
    enum Key: ExpressibleByStringLiteral {
        /// Written in the source: nothing in it needs an escape.
        case fixed(StaticString)
        case given(String)

        init(stringLiteral name: StaticString) {
            self = .fixed(name)
        }
    }
}

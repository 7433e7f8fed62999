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
        add(key) { $0.append(text: value) }
    }

    /// Adds a field with the text that `write` appends.
    @inline(__always)
    mutating func add(_ key: Key, _ write: (inout [UInt8]) -> Void) {
        begin(key)
        if format == .json { octets.append(UInt8(ascii: "\"")) }
        let start = octets.count
        write(&octets)
        finishText(from: start)
    }

    /// Adds a field with a text that needs no escapes.
    mutating func add(_ key: Key, plain value: String) {
        begin(key)
        if format == .json { octets.append(UInt8(ascii: "\"")) }
        octets.append(text: value)
        if format == .json { octets.append(UInt8(ascii: "\"")) }
    }

    /// Adds a field with a number.
    mutating func add(_ key: Key, _ value: some BinaryInteger) {
        begin(key)
        octets.append(number: Int(clamping: value))
    }

    /// Adds a field with several values: `key=a,b`, or an array.
    mutating func add(_ key: Key, _ values: [String]) {
        add(key, each: values) { $1.append(text: $0) }
    }

    /// Adds a field with several values, each the text that `write` appends.
    @inline(__always)
    mutating func add<Value>(_ key: Key, each values: [Value], _ write: (Value, inout [UInt8]) -> Void) {
        begin(key)
        if format == .json { octets.append(UInt8(ascii: "[")) }
        let start = octets.count
        for index in values.indices {
            if index > 0 { octets.append(UInt8(ascii: ",")) }
            guard format == .json else {
                write(values[index], &octets)
                continue
            }
            octets.append(UInt8(ascii: "\""))
            let start = octets.count
            write(values[index], &octets)
            finishText(from: start)
        }
        if format == .json {
            octets.append(UInt8(ascii: "]"))
        } else {
            finishText(from: start)
        }
    }

    /// The finished line, without its line feed, behind what was there before.
    consuming func finish() -> [UInt8] {
        if format == .json { octets.append(UInt8(ascii: "}")) }
        return octets
    }

    private mutating func begin(_ key: Key) {
        switch (format, key) {
        case (.text, .fixed(let name)):
            octets.append(UInt8(ascii: " "))
            octets.append(literal: name)
            octets.append(UInt8(ascii: "="))
        case (.json, .fixed(let name)):
            octets.append(literal: ",\"")
            octets.append(literal: name)
            octets.append(literal: "\":")
        case (.text, .given(let name)):
            octets.append(UInt8(ascii: " "))
            octets.append(text: name)
            octets.append(UInt8(ascii: "="))
        case (.json, .given(let name)):
            octets.append(UInt8(ascii: ","))
            LogEscape.json(name, into: &octets)
            octets.append(UInt8(ascii: ":"))
        }
    }

    /// Gives the text that begins at `start` the quotes and escapes that it needs; a JSON string has its first quote.
    private mutating func finishText(from start: Int) {
        let need = octets.withUnsafeBufferPointer { LogEscape.need(of: UnsafeBufferPointer(rebasing: $0[start...])) }
        switch (format, need) {
        case (.text, .nothing):
            break
        case (.json, .nothing), (.json, .quotes):
            octets.append(UInt8(ascii: "\""))
        case (.text, .quotes):
            octets.insert(UInt8(ascii: "\""), at: start)
            octets.append(UInt8(ascii: "\""))
        case (.text, .escapes):
            let text = String(decoding: octets[start...], as: UTF8.self)
            octets.removeSubrange(start...)
            LogEscape.text(text, quotes: true, into: &octets)
        case (.json, .escapes):
            let text = String(decoding: octets[start...], as: UTF8.self)
            octets.removeSubrange((start - 1)...)
            LogEscape.json(text, into: &octets)
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

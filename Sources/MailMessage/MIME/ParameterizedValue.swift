/// The value of Content-Type and Content-Disposition: a word, and parameters.
///
/// ```abnf
/// content     = type "/" subtype *(";" parameter)          ; 2045 5.1
/// disposition = disposition-type *(";" disposition-parm)   ; 2183 2
/// parameter   = attribute "=" value
/// value       = token / quoted-string
/// ```
/// Read as programs write it: a value without quotes may hold spaces and goes on to the semicolon, a quote that is
/// not closed ends with the field, and a backslash escapes nothing but a quote or itself.
struct ParameterizedValue: Hashable {
    /// What stands before the first semicolon, without comments and white space, in lower case.
    let word: String
    private let parameters: [Parameter]

    /// One parameter, put together from its sections [2231 3].
    struct Parameter: Hashable {
        /// In lower case.
        let name: String
        let value: String
        /// The value was written with its charset [2231 4].
        let isExtended: Bool
    }

    init(parsing text: String) {
        var reader = ParameterReader(Array(text.utf8))
        word = Self.firstWord(reader.text(to: UInt8(ascii: ";")))
        parameters = ParameterSections.joined(reader.rest())
    }

    /// The value of a parameter: of several the extended one, as [2231 4] asks, then the first.
    subscript(name: String) -> String? {
        let named = values(of: name)
        return (named.first(where: \.isExtended) ?? named.first)?.value
    }

    /// All parameters of a name: several are not allowed, and readers differ in which they take.
    func values(of name: String) -> [Parameter] {
        parameters.filter { $0.name == name }
    }

    /// A token: what stands before white space or a comment.
    static func firstWord(_ octets: some Collection<UInt8>) -> String {
        let word = octets.drop(while: Octet.isWhiteSpace).prefix {
            !Octet.isWhiteSpace($0) && $0 != UInt8(ascii: "(")
        }
        return String(decoding: word.map(Octet.lowercased), as: UTF8.self)
    }
}

/// Cuts a field value into the sections of its parameters.
private struct ParameterReader {
    private let octets: [UInt8]
    private var place = 0

    init(_ octets: [UInt8]) {
        self.octets = octets
    }

    /// What stands before an octet, or before the end; goes on behind it.
    mutating func text(to end: UInt8) -> ArraySlice<UInt8> {
        let text = octets[place...].prefix { $0 != end }
        place = min(text.endIndex + 1, octets.count)
        return text
    }

    mutating func rest() -> [ParameterSection] {
        var sections: [ParameterSection] = []
        while place < octets.count {
            let name = octets[place...].prefix { $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: ";") }
            place = name.endIndex
            guard place < octets.count, octets[place] == UInt8(ascii: "=") else {
                place += 1
                continue
            }
            place += 1
            let value = value()
            if let section = ParameterSection(name: Self.trimmed(name), value: value) { sections.append(section) }
        }
        return sections
    }

    private mutating func value() -> [UInt8] {
        while place < octets.count, Octet.isWhiteSpace(octets[place]) { place += 1 }
        guard place < octets.count, octets[place] == UInt8(ascii: "\"") else {
            return Array(Self.trimmed(text(to: UInt8(ascii: ";"))))
        }
        place += 1
        var value: [UInt8] = []
        while place < octets.count, octets[place] != UInt8(ascii: "\"") {
            if octets[place] == UInt8(ascii: "\\"), place + 1 < octets.count,
                octets[place + 1] == UInt8(ascii: "\\") || octets[place + 1] == UInt8(ascii: "\"")
            {
                place += 1
            }
            value.append(octets[place])
            place += 1
        }
        _ = text(to: UInt8(ascii: ";"))
        return value
    }

    private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let isText = { (octet: UInt8) in !Octet.isWhiteSpace(octet) && octet != 0x0D && octet != 0x0A }
        guard let first = text.firstIndex(where: isText), let last = text.lastIndex(where: isText) else { return [] }
        return text[first...last]
    }
}

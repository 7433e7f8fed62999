/// A value with parameters cut at its semicolons, each piece as it is written.
struct ParameterPieces {
    struct Piece {
        /// Without white space around it.
        let octets: [UInt8]
        /// What stands before `=`, in lower case; empty when there is none.
        let name: String
        /// What stands behind `=`, without quotes.
        let value: [UInt8]
    }

    private(set) var pieces: [Piece] = []

    init(_ value: String) {
        var current: [UInt8] = []
        var isQuoted = false
        var isEscaped = false
        for octet in value.utf8 {
            if octet == UInt8(ascii: ";"), !isQuoted {
                add(current)
                current = []
                continue
            }
            current.append(octet)
            if isEscaped {
                isEscaped = false
            } else if isQuoted, octet == UInt8(ascii: "\\") {
                isEscaped = true
            } else if octet == UInt8(ascii: "\"") {
                isQuoted.toggle()
            }
        }
        add(current)
    }

    private mutating func add(_ octets: [UInt8]) {
        let text = Self.trimmed(octets[...])
        guard !text.isEmpty else { return }
        let name = text.prefix { $0 != UInt8(ascii: "=") }
        guard name.endIndex < text.endIndex else {
            pieces.append(Piece(octets: Array(text), name: "", value: []))
            return
        }
        let value = Self.unquoted(Self.trimmed(text[(name.endIndex + 1)...]))
        let lowered = String(decoding: Self.trimmed(name).map(Octet.lowercased), as: UTF8.self)
        pieces.append(Piece(octets: Array(text), name: lowered, value: value))
    }

    private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let start = text.firstIndex { !Octet.isWhiteSpace($0) } ?? text.endIndex
        let end = text.lastIndex { !Octet.isWhiteSpace($0) }.map { $0 + 1 } ?? text.endIndex
        return start < end ? text[start..<end] : []
    }

    private static func unquoted(_ value: ArraySlice<UInt8>) -> [UInt8] {
        guard value.first == UInt8(ascii: "\"") else { return Array(value) }
        var text: [UInt8] = []
        var place = value.startIndex + 1
        while place < value.endIndex, value[place] != UInt8(ascii: "\"") {
            if value[place] == UInt8(ascii: "\\"), place + 1 < value.endIndex,
                value[place + 1] == UInt8(ascii: "\\") || value[place + 1] == UInt8(ascii: "\"")
            {
                place += 1
            }
            text.append(value[place])
            place += 1
        }
        return text
    }
}

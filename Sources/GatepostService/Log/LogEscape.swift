/// Makes text harmless in a log: no line ends, no control characters, nothing that changes how a terminal shows a line.
enum LogEscape {
    /// What a text needs to stand in a line of fields.
    enum Need {
        case nothing
        /// It holds spaces or equals signs, or nothing at all.
        case quotes
        /// It holds more than visible ASCII, or quotes or backslashes; with quotes around it.
        case escapes
    }

    /// Looks at all octets, eight at once and without a branch for each, since nearly all texts of a log need nothing.
    static func need(of octets: UnsafeBufferPointer<UInt8>) -> Need {
        var odd: UInt64 = 0
        var spaced: UInt64 = 0
        func look(at word: UInt64) {
            let controls = (word &- everyOctet &* 0x20) & ~word
            odd |= word | controls | zeros(word ^ quotes) | zeros(word ^ backslashes) | zeros(word ^ deletes)
            spaced |= zeros(word ^ spaces) | zeros(word ^ equalsSigns)
        }
        let raw = UnsafeRawBufferPointer(octets)
        var place = 0
        while place &+ 8 <= raw.count {
            look(at: raw.loadUnaligned(fromByteOffset: place, as: UInt64.self))
            place &+= 8
        }
        if place < raw.count {
            // What is missing to eight is filled up with an octet that needs nothing.
            var rest = everyOctet &* UInt64(UInt8(ascii: "a"))
            while place < raw.count {
                rest = rest << 8 | UInt64(raw[place])
                place &+= 1
            }
            look(at: rest)
        }
        return odd & everyHighBit != 0 ? .escapes : spaced & everyHighBit != 0 || octets.isEmpty ? .quotes : .nothing
    }

    private static let everyOctet: UInt64 = 0x0101_0101_0101_0101
    private static let everyHighBit: UInt64 = 0x8080_8080_8080_8080
    private static let quotes = everyOctet &* UInt64(UInt8(ascii: "\""))
    private static let backslashes = everyOctet &* UInt64(UInt8(ascii: "\\"))
    private static let deletes = everyOctet &* 0x7F
    private static let spaces = everyOctet &* UInt64(UInt8(ascii: " "))
    private static let equalsSigns = everyOctet &* UInt64(UInt8(ascii: "="))

    /// Has a high bit set if an octet is zero, and none otherwise.
    @inline(__always)
    private static func zeros(_ word: UInt64) -> UInt64 { (word &- everyOctet) & ~word & everyHighBit }

    /// Appends text that needs no escapes as it is, and says whether it did.
    private static func appendPlain(_ text: String, into octets: inout [UInt8]) -> Bool {
        var text = text
        return text.withUTF8 { plain in
            guard need(of: plain) != .escapes else { return false }
            octets.append(contentsOf: plain)
            return true
        }
    }

    /// Appends text; in quotes, quotes are escaped too.
    static func text(_ text: String, quotes: Bool, keepsTabs: Bool = false, into octets: inout [UInt8]) {
        if quotes { octets.append(UInt8(ascii: "\"")) }
        defer { if quotes { octets.append(UInt8(ascii: "\"")) } }
        if appendPlain(text, into: &octets) { return }
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"" where !quotes: octets.append(UInt8(ascii: "\""))
            case "\\", "\"":
                octets.append(UInt8(ascii: "\\"))
                octets.append(UInt8(ascii: scalar))
            case "\n": octets.append(contentsOf: "\\n".utf8)
            case "\r": octets.append(contentsOf: "\\r".utf8)
            case "\t" where keepsTabs: octets.append(UInt8(ascii: "\t"))
            case "\t": octets.append(contentsOf: "\\t".utf8)
            case _ where isVisible(scalar):
                octets.append(contentsOf: scalar.utf8)
            default:
                octets.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".utf8)
            }
        }
    }

    /// Appends a JSON string (RFC 8259 7).
    static func json(_ text: String, into octets: inout [UInt8]) {
        octets.append(UInt8(ascii: "\""))
        defer { octets.append(UInt8(ascii: "\"")) }
        if appendPlain(text, into: &octets) { return }
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\", "\"":
                octets.append(UInt8(ascii: "\\"))
                octets.append(UInt8(ascii: scalar))
            case "\n": octets.append(contentsOf: "\\n".utf8)
            case "\r": octets.append(contentsOf: "\\r".utf8)
            case "\t": octets.append(contentsOf: "\\t".utf8)
            case _ where isVisible(scalar):
                octets.append(contentsOf: scalar.utf8)
            default:
                for unit in scalar.utf16 {
                    let digits = String(unit, radix: 16)
                    octets.append(contentsOf: "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8)
                }
            }
        }
    }

    /// Spaces and what is printed; not controls, format characters (those that turn the direction of text, say), line
    /// and paragraph separators, and what is not assigned.
    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value >= 0x20 && scalar.value != 0x7F }
        return switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        default: true
        }
    }
}

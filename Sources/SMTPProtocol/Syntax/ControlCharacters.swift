/// Control characters never pass from one peer to the other, nor into a log: C0, DEL, and in UTF-8 the C1 controls
/// U+0080 to U+009F, which RFC 5198 section 2 keeps out of text on the network.
enum ControlCharacters {
    /// What a look over the octets of a line found.
    struct Survey {
        var hasControl = false
        var hasEightBit = false
    }

    /// Looks at eight octets at once.
    static func survey(_ octets: UnsafeRawBufferPointer) -> Survey {
        var controls: UInt64 = 0
        var combined: UInt64 = 0
        func look(at word: UInt64) {
            // An octet below 0x20, and one that is zero, borrows from its high bit; from its neighbour only an octet borrows
            // that has been found already.
            let deletes = word ^ (everyOctet &* 0x7F)
            controls |= ((word &- everyOctet &* 0x20) & ~word) | ((deletes &- everyOctet) & ~deletes)
            combined |= word
        }
        var place = 0
        while place &+ 8 <= octets.count {
            look(at: octets.loadUnaligned(fromByteOffset: place, as: UInt64.self))
            place &+= 8
        }
        if place < octets.count {
            // What is missing to eight is filled up with spaces.
            var rest = everyOctet &* UInt64(UInt8.space)
            while place < octets.count {
                rest = rest << 8 | UInt64(octets[place])
                place &+= 1
            }
            look(at: rest)
        }
        return Survey(hasControl: controls & everyHighBit != 0, hasEightBit: combined & everyHighBit != 0)
    }

    private static let everyOctet: UInt64 = 0x0101_0101_0101_0101
    private static let everyHighBit: UInt64 = 0x8080_8080_8080_8080

    /// Whether valid UTF-8 holds a C1 control, which is C2 followed by 80 to 9F.
    static func hasC1(_ octets: UnsafeRawBufferPointer) -> Bool {
        var previous: UInt8 = 0
        for octet in octets {
            if previous == 0xC2, octet < 0xA0 { return true }
            previous = octet
        }
        return false
    }

    static func areIn(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { octets in
            let survey = survey(UnsafeRawBufferPointer(octets))
            return survey.hasControl || (survey.hasEightBit && hasC1(UnsafeRawBufferPointer(octets)))
        }
    }

    /// The text without its control characters; a tab becomes a space, since it separated words.
    static func removed(from text: String) -> String {
        guard areIn(text) else { return text }
        var clean = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x09: clean.append(" ")
            case 0x00..<0x20, 0x7F..<0xA0: continue
            default: clean.append(scalar)
            }
        }
        return String(clean)
    }
}

extension String {
    var isASCII: Bool {
        var text = self
        return text.withUTF8 { octets in octets.reduce(0, |) < 0x80 }
    }
}

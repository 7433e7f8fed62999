extension AddressList.Entry {
    /// Reads the forms that nearly all address fields have, a single `local@domain`, `Words of a name <local@domain>`
    /// or `"Name" <local@domain>` in plain ASCII, without taking it apart into tokens. Nil for anything else, be it
    /// valid or not: what it reads is what `AddressListParser` reads.
    init?(plain value: String) {
        var value = value
        let entry = value.withUTF8 { octets -> AddressList.Entry? in
            guard let last = octets.last else { return nil }
            guard last == UInt8(ascii: ">") else {
                return Self.addrSpec(UnsafeBufferPointer(rebasing: octets[...]), displayName: "")
            }
            guard let bracket = octets.lastIndex(of: UInt8(ascii: "<")), bracket >= 2,
                octets[bracket - 1] == Octet.space
            else { return nil }
            var name = octets[..<(bracket - 1)]
            if name.count > 2, name.first == Self.quote, name.last == Self.quote {
                name = name.dropFirst().dropLast()
                guard Self.isPlainQuotedText(name) else { return nil }
            } else {
                guard Self.isPlainPhrase(name) else { return nil }
            }
            let address = UnsafeBufferPointer(rebasing: octets[(bracket + 1)..<(octets.count - 1)])
            return Self.addrSpec(address, displayName: String(decoding: name, as: UTF8.self))
        }
        guard let entry else { return nil }
        self = entry
    }

    /// `dot-atom "@" dot-atom` [5322 3.4.1]
    private static func addrSpec(_ octets: UnsafeBufferPointer<UInt8>, displayName: String) -> AddressList.Entry? {
        guard let at = octets.firstIndex(of: UInt8(ascii: "@")), isDotAtom(octets[..<at]),
            isDotAtom(octets[(at + 1)...])
        else { return nil }
        return AddressList.Entry(
            address: String(decoding: octets, as: UTF8.self),
            local: String(decoding: octets[..<at], as: UTF8.self),
            domain: String(decoding: octets[(at + 1)...], as: UTF8.self),
            displayName: displayName
        )
    }

    private static func isDotAtom(_ octets: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        var isBehindAtom = false
        for octet in octets {
            if octet == UInt8(ascii: ".") {
                guard isBehindAtom else { return false }
                isBehindAtom = false
            } else {
                guard isAtomText(octet) else { return false }
                isBehindAtom = true
            }
        }
        return isBehindAtom
    }

    /// Atoms with a single space between them; none could begin an encoded word.
    private static func isPlainPhrase(_ octets: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        var isBehindAtom = false
        for octet in octets {
            if octet == Octet.space {
                guard isBehindAtom else { return false }
                isBehindAtom = false
            } else {
                guard isAtomText(octet), octet != UInt8(ascii: "=") else { return false }
                isBehindAtom = true
            }
        }
        return isBehindAtom
    }

    private static let quote = UInt8(ascii: "\"")

    /// Words of visible ASCII with a single space between them, without quotes, escapes and encoded words.
    private static func isPlainQuotedText(_ octets: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        var isBehindWord = false
        for octet in octets {
            if octet == Octet.space {
                guard isBehindWord else { return false }
                isBehindWord = false
            } else {
                guard octet > Octet.space, octet < Octet.delete, octet != quote, octet != UInt8(ascii: "\\"),
                    octet != UInt8(ascii: "=")
                else { return false }
                isBehindWord = true
            }
        }
        return isBehindWord
    }

    /// `atext` [5322 3.2.3]
    private static func isAtomText(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "!"), UInt8(ascii: "#")...UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"),
            UInt8(ascii: "-"), UInt8(ascii: "/"), UInt8(ascii: "="), UInt8(ascii: "?"), UInt8(ascii: "^"),
            UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "{")...UInt8(ascii: "~"):
            true
        default: false
        }
    }
}

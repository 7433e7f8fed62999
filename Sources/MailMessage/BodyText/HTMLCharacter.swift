/// Characters that HTML writes by name or number.
enum HTMLCharacter {
    private static let longestName = 10

    /// The character that `&` begins at a place, in UTF-8, and the place behind it; nil when it begins none.
    static func read(_ html: [UInt8], at place: Int) -> (octets: [UInt8], end: Int)? {
        let name = html[(place + 1)...].prefix(longestName).prefix { octet in
            octet == UInt8(ascii: "#") || Octet.lowercased(octet) &- 0x61 < 26 || octet &- 0x30 < 10
        }
        guard !name.isEmpty, let scalar = scalar(named: String(decoding: name, as: UTF8.self)),
            let octets = UTF8.encode(scalar)
        else { return nil }
        let hasSemicolon = name.endIndex < html.count && html[name.endIndex] == UInt8(ascii: ";")
        return (Array(octets), name.endIndex + (hasSemicolon ? 1 : 0))
    }

    private static func scalar(named name: String) -> Unicode.Scalar? {
        guard name.hasPrefix("#") else { return names[name].flatMap(Unicode.Scalar.init) }
        let digits = name.dropFirst()
        let isHexadecimal = digits.first == "x" || digits.first == "X"
        let value = isHexadecimal ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits, radix: 10)
        guard let value else { return nil }
        if value < 0x20 || value == 0x7F { return " " }
        if (0x80...0x9F).contains(value) { return Charset.windows1252.character(of: UInt8(value)) }
        return Unicode.Scalar(value) ?? "\u{FFFD}"
    }

    /// The names of HTML 4 for Latin-1, and the common ones beyond it.
    private static let names: [String: UInt32] = {
        let latin = """
            nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 \
            acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml \
            Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde \
            Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig \
            ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide \
            oslash ugrave uacute ucirc uuml yacute thorn yuml
            """
        var names: [String: UInt32] = [
            "amp": 0x26, "lt": 0x3C, "gt": 0x3E, "quot": 0x22, "apos": 0x27, "AMP": 0x26, "LT": 0x3C, "GT": 0x3E,
            "euro": 0x20AC, "trade": 0x2122, "hellip": 0x2026, "ndash": 0x2013, "mdash": 0x2014, "lsquo": 0x2018,
            "rsquo": 0x2019, "sbquo": 0x201A, "ldquo": 0x201C, "rdquo": 0x201D, "bdquo": 0x201E, "bull": 0x2022,
            "lsaquo": 0x2039, "rsaquo": 0x203A, "ensp": 0x2002, "emsp": 0x2003, "thinsp": 0x2009, "zwnj": 0x200C,
            "zwj": 0x200D, "OElig": 0x152, "oelig": 0x153, "Scaron": 0x160, "scaron": 0x161, "Yuml": 0x178,
            "larr": 0x2190, "rarr": 0x2192,
        ]
        for (index, name) in latin.split(separator: " ").enumerated() { names[String(name)] = 0xA0 + UInt32(index) }
        return names
    }()
}

/// A charset, by the name that a message gives it.
enum Charset: Hashable {
    case ascii
    case utf8
    case latin1
    case windows1252
    /// Any other one that mail is written in, by iconv's name.
    case converted(String)

    /// Longest name that is looked at.
    private static let longestName = 40

    /// Nil when the name is none that we know. Only names of the table reach iconv: it takes what stands behind a
    /// slash as instructions, and a stranger should not choose which of the system's converters we load.
    init?(name: some Collection<UInt8>) {
        guard name.count <= Self.longestName else { return nil }
        let label = String(decoding: name.map(Octet.lowercased), as: UTF8.self)
        if let native = Self.native[label] {
            self = native
        } else if let converted = Self.converted[label] {
            self = .converted(converted)
        } else {
            return nil
        }
    }

    /// What windows-1252 has where ISO 8859-1 has the controls 0x80 to 0x9F; the five places without a character are
    /// the controls.
    private static let windows1252Specials: [UInt16] = [
        0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
        0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008D, 0x017D, 0x008F,
        0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
        0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178,
    ]

    /// The character of an octet in a charset of one octet a character; nil in any other one.
    func character(of octet: UInt8) -> Unicode.Scalar? {
        switch self {
        case .ascii:
            octet < 0x80 ? Unicode.Scalar(octet) : "\u{FFFD}"
        case .latin1:
            Unicode.Scalar(octet)
        case .windows1252:
            (0x80...0x9F).contains(octet)
                ? Unicode.Scalar(Self.windows1252Specials[Int(octet) - 0x80])
                : Unicode.Scalar(octet)
        case .utf8, .converted:
            nil
        }
    }
}

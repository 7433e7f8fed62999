/// A number of octets as operators write it: `4096`, `25 MiB`, `10MB`.
public enum ByteSize {
    /// The units and the octets they stand for: powers of 1024 with an `i`, powers of 1000 without.
    public static let units: [(name: String, octets: Int)] = [
        ("B", 1),
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
        ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
    ]

    /// The octets that a text stands for; nil when it is not a size or is larger than an `Int` holds.
    ///
    /// A size is a run of digits and, if any, a unit, with or without a space between them. Units are taken in any
    /// case.
    public static func parse(_ text: some StringProtocol) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty, let number = Int(digits) else { return nil }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        if unit.isEmpty { return text.last == " " ? nil : number }
        guard let octets = units.first(where: { $0.name.lowercased() == unit.lowercased() })?.octets else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: octets)
        return overflow ? nil : product
    }

    /// The size in the largest binary unit that divides it: `25 MiB`, `1000 B`.
    public static func describe(_ octets: Int) -> String {
        let unit = units.filter { $0.name.hasSuffix("iB") && $0.octets <= octets && octets % $0.octets == 0 }.last
        guard let unit else { return "\(octets) B" }
        return "\(octets / unit.octets) \(unit.name)"
    }
}

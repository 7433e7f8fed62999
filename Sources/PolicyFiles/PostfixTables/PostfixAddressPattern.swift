/// Patterns of access(5) that are about addresses.
enum PostfixAddressPattern {
    /// The network whose addresses all begin with the text of a pattern, as those of 192.168.0.0/16 with
    /// `^192\\.168\\.`; a whole address may end in `$`.
    static func network(_ entry: PostfixPatternEntry) -> String? {
        guard entry.patterns.count == 1, entry.guards.isEmpty, !entry.patterns[0].isNegated,
            let match = entry.patterns[0].source.wholeMatch(
                of: #/\(\?is\)\^((?:[0-9]{1,3}\\\.){1,3})([0-9]{1,3}\$)?/#)
        else { return nil }
        var octets = match.1.split(separator: "\\.").map(String.init)
        if let last = match.2 {
            guard octets.count == 3 else { return nil }
            octets.append(String(last.dropLast()))
        }
        guard octets.allSatisfy({ UInt8($0) != nil }) else { return nil }
        let length = octets.count * 8
        octets += Array(repeating: "0", count: 4 - octets.count)
        return octets.joined(separator: ".") + "/\(length)"
    }

    /// Whether a pattern that is no network is found in addresses all the same.
    static func searchesAddresses(_ entry: PostfixPatternEntry) -> Bool {
        guard network(entry) == nil, let test = try? PostfixFieldTest(of: entry, behind: []) else {
            return false
        }
        return samples.contains { test.holds(of: $0) }
    }

    private static let samples = [
        "192.0.2.1", "10.0.0.1", "127.0.0.1", "203.0.113.255", "2001:db8::1", "fe80::1",
    ]
}

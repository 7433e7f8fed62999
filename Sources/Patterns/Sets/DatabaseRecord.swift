/// A database with what it was made from, as it is compiled and as a `DatabaseStore` keeps it.
///
/// ```
/// record = format, checksum, count(patterns), patterns, count(unscreened), *place, database
/// count = place = checksum = 8 octets, the least significant first
/// ```
///
/// The name of a record is a hash of the patterns, and the patterns themselves are compared when it is recalled.
struct DatabaseRecord {
    private static let format: [UInt8] = Array("Gatepost patterns 1\n".utf8)
    /// How often compiling starts anew without the pattern that was refused.
    private static let attempts = 8

    let unscreened: [Int]
    let database: ScanDatabase?
    let isRecalled: Bool

    // MARK: Compiling

    init(compiling sought: [SoughtText]) {
        var unscreened: [Int] = []
        var expressions: [ScanDatabase.Expression] = []
        for (place, text) in sought.enumerated() {
            let screens = Self.expressions(for: text, at: place)
            if screens.isEmpty { unscreened.append(place) } else { expressions += screens }
        }
        var database: ScanDatabase?
        var attempt = 0
        while database == nil, !expressions.isEmpty {
            attempt += 1
            do throws(ScanDatabase.Failure) {
                database = try ScanDatabase(expressions)
            } catch .expression(let index) where attempt < Self.attempts {
                let refused = expressions[index].number
                expressions.removeAll { $0.number == refused }
                unscreened.append(Int(refused))
            } catch {
                unscreened = Array(sought.indices)
                expressions = []
            }
        }
        self.unscreened = unscreened
        self.database = database
        isRecalled = false
    }

    /// What is searched for in the place of a pattern; nothing when every text would be a candidate.
    private static func expressions(for text: SoughtText, at place: Int) -> [ScanDatabase.Expression] {
        guard let number = UInt32(exactly: place) else { return [] }
        let whole = ScanDatabase.Expression(source: text.source, isCaseless: text.isCaseless, number: number)
        if text.isPortable, whole.isAccepted { return [whole] }
        let literals = text.requiredLiterals ?? []
        return literals.map { literal in
            let hexadecimal = Array("0123456789abcdef")
            let source = literal.utf8.map { "\\x\(hexadecimal[Int($0 >> 4)])\(hexadecimal[Int($0 & 15)])" }.joined()
            return ScanDatabase.Expression(source: source, isCaseless: true, number: number)
        }
    }

    // MARK: Keeping

    private init(unscreened: [Int], database: ScanDatabase?) {
        self.unscreened = unscreened
        self.database = database
        isRecalled = true
    }

    /// The record of these patterns, if the store has it whole.
    static func recall(_ sought: [SoughtText], from store: DatabaseStore) -> DatabaseRecord? {
        let patterns = text(of: sought)
        guard let octets = store.read(name(of: patterns)) else { return nil }
        var reader = RecordReader(octets[...])
        guard reader.take(format.count).map({ $0.elementsEqual(format) }) == true,
            let checksum = reader.number(), checksum == hash(reader.rest),
            let length = reader.count(), let known = reader.take(length), known.elementsEqual(patterns),
            let unscreenedCount = reader.count(of: 8)
        else { return nil }
        let unscreened = (0..<unscreenedCount).compactMap { _ in reader.number().flatMap { Int(exactly: $0) } }
        guard unscreened.count == unscreenedCount, unscreened.allSatisfy(sought.indices.contains) else { return nil }
        if reader.rest.isEmpty { return DatabaseRecord(unscreened: unscreened, database: nil) }
        guard let database = ScanDatabase(serialised: Array(reader.rest)) else { return nil }
        return DatabaseRecord(unscreened: unscreened, database: database)
    }

    func keep(_ sought: [SoughtText], in store: DatabaseStore) {
        let patterns = Self.text(of: sought)
        guard let database = database.map({ $0.serialised() }) ?? [] else { return }
        var content = Self.octets(of: patterns.count) + patterns + Self.octets(of: unscreened.count)
        for place in unscreened { content += Self.octets(of: place) }
        content += database
        store.write(Self.name(of: patterns), Self.format + Self.octets(of: Self.hash(content[...])) + content)
    }

    private static func text(of sought: [SoughtText]) -> [UInt8] {
        var octets: [UInt8] = []
        for text in sought {
            octets += Self.octets(of: text.source.utf8.count)
            octets.append(text.isCaseless ? 1 : 0)
            octets += text.source.utf8
        }
        return octets
    }

    private static func name(of patterns: [UInt8]) -> String {
        let digits = String(hash(patterns[...]), radix: 16)
        return "patterns-" + String(repeating: "0", count: 16 - digits.count) + digits
    }

    private static func octets(of number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: UInt64(truncatingIfNeeded: number).littleEndian) { Array($0) }
    }

    /// FNV-1a, against accidents: who may write there is the store's concern.
    private static func hash(_ octets: ArraySlice<UInt8>) -> UInt64 {
        octets.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}

/// Reads the parts of a record; nil when it breaks off.
private struct RecordReader {
    private(set) var rest: ArraySlice<UInt8>

    init(_ octets: ArraySlice<UInt8>) {
        rest = octets
    }

    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    mutating func number() -> UInt64? {
        take(8)?.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// How many things of a size follow; nil when there is no room for them.
    mutating func count(of size: Int = 1) -> Int? {
        number().flatMap { Int(exactly: $0) }.flatMap { $0 <= rest.count / size ? $0 : nil }
    }
}

/// Many patterns, searched for in one pass over a text whose cost does not grow with their number.
///
/// The search names candidates: what it does not name is not in the text, what it names may be, and PCRE2 tells. A
/// pattern that Hyperscan does not take is represented by a literal that each of its matches holds; one without such a
/// literal is `unscreened`, and every text is a candidate.
///
/// Compiling thousands of patterns takes seconds. A `DatabaseStore` keeps what came of it.
public final class PatternSet: Sendable {
    /// The places of patterns that are candidates in every text and are never named.
    public let unscreened: [Int]
    private let database: ScanDatabase?

    public init(_ sought: [SoughtText], store: DatabaseStore? = nil) {
        let record = store.flatMap { DatabaseRecord.recall(sought, from: $0) } ?? DatabaseRecord(compiling: sought)
        unscreened = record.unscreened
        database = record.database
        if let store, !record.isRecalled { record.keep(sought, in: store) }
    }

    /// Calls a body with the places of the patterns that a text may hold, in no order; a place may come more than once.
    /// False when the text could not be searched: then every pattern is a candidate.
    public func search(_ text: String, _ body: (Int) -> Void) -> Bool {
        guard let database else { return true }
        var text = text
        return text.withUTF8 { octets in database.scan(octets) { body(Int($0)) } }
    }
}

import CHyperscan
import Glibc
import Synchronization

/// Hyperscan's compiled form of many expressions, which finds those that a text may hold in one pass over it.
///
/// In its prefilter mode Hyperscan stands in for what it cannot search for by something that is found at least as
/// often. The database is immutable once made; what a scan writes to is kept in a stock and used by one thread at a
/// time.
///
/// Sendable without checks: the pointer is only read after `init`.
final class ScanDatabase: @unchecked Sendable {
    struct Expression: Hashable {
        var source: String
        var isCaseless: Bool
        /// What a scan reports.
        var number: UInt32
    }

    /// Why expressions do not compile.
    enum Failure: Error {
        /// The expression at this index is refused.
        case expression(Int)
        /// All of them together are.
        case database
    }

    private let pointer: OpaquePointer
    private let prototype: OpaquePointer
    private let stock = Mutex<[ScanRoom]>([])

    convenience init(_ expressions: [Expression]) throws(Failure) {
        let sources = expressions.map { strdup($0.source) }
        defer { for source in sources { free(source) } }
        let flags = expressions.map(\.flags)
        var database: OpaquePointer?
        var error: UnsafeMutablePointer<hs_compile_error_t>?
        let code = hs_compile_multi(
            sources.map { UnsafePointer($0) }, flags, expressions.map(\.number), UInt32(expressions.count),
            UInt32(HS_MODE_BLOCK), nil, &database, &error
        )
        defer { hs_free_compile_error(error) }
        guard code == HS_SUCCESS, let database else {
            let index = Int(error?.pointee.expression ?? -1)
            throw expressions.indices.contains(index) ? .expression(index) : .database
        }
        try self.init(taking: database)
    }

    /// A database from its serialised form; nil when it is damaged, or made for another processor or release.
    convenience init?(serialised octets: [UInt8]) {
        var database: OpaquePointer?
        let code = octets.withUnsafeBytes { octets in
            hs_deserialize_database(octets.baseAddress?.assumingMemoryBound(to: CChar.self), octets.count, &database)
        }
        guard code == HS_SUCCESS, let database else { return nil }
        do throws(Failure) {
            try self.init(taking: database)
        } catch {
            return nil
        }
    }

    private init(taking database: OpaquePointer) throws(Failure) {
        var scratch: OpaquePointer?
        guard hs_alloc_scratch(database, &scratch) == HS_SUCCESS, let scratch else {
            hs_free_database(database)
            throw .database
        }
        pointer = database
        prototype = scratch
    }

    deinit {
        hs_free_scratch(prototype)
        hs_free_database(pointer)
    }

    /// Calls a body with the number of each expression that the text may hold; false when it could not be scanned.
    func scan(_ text: UnsafeBufferPointer<UInt8>, _ body: (UInt32) -> Void) -> Bool {
        guard let room = stock.withLock({ $0.popLast() }) ?? ScanRoom(like: prototype) else { return false }
        defer { stock.withLock { $0.append(room) } }
        guard room.scan(text, with: pointer) else { return false }
        for number in room.found { body(number) }
        return true
    }

    /// The form in which a database is kept in a file.
    func serialised() -> [UInt8]? {
        var octets: UnsafeMutablePointer<CChar>?
        var count = 0
        guard hs_serialize_database(pointer, &octets, &count) == HS_SUCCESS, let octets else { return nil }
        defer { free(octets) }
        return Array(UnsafeRawBufferPointer(start: octets, count: count))
    }
}

extension ScanDatabase.Expression {
    fileprivate var flags: UInt32 {
        let flags = HS_FLAG_UTF8 | HS_FLAG_PREFILTER | HS_FLAG_SINGLEMATCH
        return UInt32(isCaseless ? flags | HS_FLAG_CASELESS : flags)
    }

    /// Whether Hyperscan takes the expression, and it is not found in every text.
    var isAccepted: Bool {
        var information: UnsafeMutablePointer<hs_expr_info_t>?
        var error: UnsafeMutablePointer<hs_compile_error_t>?
        let code = hs_expression_info(source, flags, &information, &error)
        defer {
            free(information)
            hs_free_compile_error(error)
        }
        return code == HS_SUCCESS && (information?.pointee.min_width ?? 0) > 0
    }
}

/// What one scan at a time writes to.
///
/// Sendable without checks: the stock of a database gives it to one taker alone.
private final class ScanRoom: @unchecked Sendable {
    private let scratch: OpaquePointer
    /// The numbers that the last scan found, each once.
    private(set) var found: [UInt32] = []

    init?(like prototype: OpaquePointer) {
        var copy: OpaquePointer?
        guard hs_clone_scratch(prototype, &copy) == HS_SUCCESS, let copy else { return nil }
        scratch = copy
    }

    deinit {
        hs_free_scratch(scratch)
    }

    func scan(_ text: UnsafeBufferPointer<UInt8>, with database: OpaquePointer) -> Bool {
        found.removeAll(keepingCapacity: true)
        guard let length = UInt32(exactly: text.count) else { return false }
        return withUnsafeMutablePointer(to: &found) { found in
            text.withMemoryRebound(to: CChar.self) { text in
                // An empty buffer may have no address.
                var nothing: CChar = 0
                return withUnsafePointer(to: &nothing) { nothing in
                    hs_scan(database, text.baseAddress ?? nothing, length, 0, scratch, Self.note, found)
                }
            }
        } == HS_SUCCESS
    }

    private static let note: match_event_handler = { number, _, _, _, context in
        context?.assumingMemoryBound(to: [UInt32].self).pointee.append(number)
        return 0
    }
}

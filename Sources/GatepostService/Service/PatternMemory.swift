import CMemory
import Glibc
import Patterns
import Synchronization

/// Compiled patterns that a worker leaves to the one that takes its place, so that no client waits for thousands of them to
/// be compiled anew.
///
/// They are in a file without a name, in memory, that the supervisor holds and all workers inherit. It has those of the
/// policies that were made ready last, and none that are older:
///
/// ```
/// content = *(count(name), name, count(octets), octets)
/// count = 8 octets, the least significant first
/// ```
///
/// Workers that write and read at the same time may find content that is of no use. It is taken for none: each record has a
/// checksum, and is compiled anew when that is wrong.
struct PatternMemory: Sendable {
    /// A file descriptor.
    let descriptor: CInt
    /// Octets, of all records together; more are not left to anybody.
    var largestContent = 256 << 20

    /// Nil when the system gives none.
    static func make() -> PatternMemory? {
        let descriptor = gatepost_memory_file("gatepost-patterns")
        return descriptor < 0 ? nil : PatternMemory(descriptor: descriptor)
    }

    /// Does what makes policies ready, with what a cache has and what is left here; afterwards leaves what was asked for.
    func leavingPatterns<Result>(of body: (DatabaseStore) -> Result, behind cache: DatabaseStore?) -> Result {
        let visit = Visit(known: records(), cache: cache)
        let result = body(DatabaseStore(read: visit.read, write: visit.write))
        if let records = visit.changed { leave(records) }
        return result
    }

    /// Forgets everything.
    func clear() {
        ftruncate(descriptor, 0)
    }

    // MARK: Records

    private func records() -> [String: [UInt8]] {
        let content = content()
        var rest = content[...]
        func part() -> ArraySlice<UInt8>? {
            guard rest.count >= 8 else { return nil }
            let count = rest.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
            rest = rest.dropFirst(8)
            guard count <= rest.count else { return nil }
            defer { rest = rest.dropFirst(Int(count)) }
            return rest.prefix(Int(count))
        }
        var records: [String: [UInt8]] = [:]
        while let name = part(), let octets = part() { records[String(decoding: name, as: UTF8.self)] = Array(octets) }
        return records
    }

    private func leave(_ records: [String: [UInt8]]) {
        let size = records.reduce(0) { $0 + 16 + $1.key.utf8.count + $1.value.count }
        guard size <= largestContent else { return clear() }
        var content: [UInt8] = []
        content.reserveCapacity(size)
        for (name, octets) in records {
            for part in [Array(name.utf8), octets] {
                withUnsafeBytes(of: UInt64(part.count).littleEndian) { content += $0 }
                content += part
            }
        }
        var place = 0
        while place < content.count {
            let count = content[place...].withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, place) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return clear() }
            place += count
        }
        ftruncate(descriptor, content.count)
    }

    private func content() -> [UInt8] {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return [] }
        let count = Int(status.st_size)
        guard (1...largestContent).contains(count) else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, place in
            while place < buffer.count {
                let count = pread(descriptor, buffer.baseAddress! + place, buffer.count - place, place)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                place += count
            }
        }
    }
}

/// What policies ask for while they are made ready.
private final class Visit: Sendable {
    private let known: [String: [UInt8]]
    private let cache: DatabaseStore?
    private let used = Mutex<(records: [String: [UInt8]], areNew: Bool)>(([:], false))

    init(known: [String: [UInt8]], cache: DatabaseStore?) {
        self.known = known
        self.cache = cache
    }

    /// What is to be left, when that is something else than what was found.
    var changed: [String: [UInt8]]? {
        used.withLock { $0.areNew || $0.records.count != known.count ? $0.records : nil }
    }

    func read(_ name: String) -> [UInt8]? {
        let found = known[name]
        let kept = cache?.read(name)
        guard let octets = kept ?? found else { return nil }
        used.withLock {
            $0.records[name] = octets
            if found == nil { $0.areNew = true }
        }
        if kept == nil { cache?.write(name, octets) }
        return octets
    }

    func write(_ name: String, _ octets: [UInt8]) {
        used.withLock {
            $0.records[name] = octets
            $0.areNew = true
        }
        cache?.write(name, octets)
    }
}

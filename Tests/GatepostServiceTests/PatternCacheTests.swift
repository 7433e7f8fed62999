import Foundation
import Synchronization
import Testing

@testable import GatepostService

/// What is kept of compiled patterns is given back to its owner alone.
struct PatternCacheTests {
    @Test("what is written is read again, from a folder and files of the owner's alone")
    func roundTrip() throws {
        try withCache { cache, folder, troubles in
            #expect(cache.read("patterns-1") == nil)
            cache.write("patterns-1", [1, 2, 3])
            cache.write("patterns-1", [4, 5])
            #expect(cache.read("patterns-1") == [4, 5])
            #expect(cache.read("patterns-2") == nil)
            #expect(permissions(of: folder) == 0o700)
            #expect(permissions(of: folder + "/patterns-1") == 0o600)
            #expect(names(in: folder) == ["patterns-1"])
            #expect(troubles() == [])
        }
    }

    @Test("a file or folder that others may write to, or a link, is not read")
    func permissions() throws {
        try withCache { cache, folder, troubles in
            cache.write("patterns-1", [1])
            try FileManager.default.createSymbolicLink(
                atPath: folder + "/patterns-2", withDestinationPath: folder + "/patterns-1")
            #expect(cache.read("patterns-2") == nil)
            chmod(folder + "/patterns-1", 0o620)
            #expect(cache.read("patterns-1") == nil)
            #expect(troubles().count == 1)
            chmod(folder + "/patterns-1", 0o600)
            chmod(folder, 0o777)
            #expect(cache.read("patterns-1") == nil)
            cache.write("patterns-3", [1])
            #expect(!FileManager.default.fileExists(atPath: folder + "/patterns-3"))
            #expect(troubles().count == 2)
        }
    }

    @Test("a folder that cannot be made is reported, and nothing else")
    func impossibleFolder() throws {
        try withCache(named: "missing/cache") { cache, _, troubles in
            cache.write("patterns-1", [1])
            #expect(cache.read("patterns-1") == nil)
            #expect(troubles().count == 1)
        }
    }

    @Test("the oldest files give way, other files stay")
    func oldFiles() throws {
        try withCache { cache, folder, _ in
            cache.write("patterns-old", [1])
            #expect(utimes(folder + "/patterns-old", [timeval(), timeval()]) == 0)
            try Data().write(to: URL(fileURLWithPath: folder + "/other"))
            for number in 0..<32 { cache.write("patterns-\(number)", [1]) }
            #expect(cache.read("patterns-old") == nil)
            #expect(names(in: folder).count == 33)
        }
    }

    private func withCache(
        named name: String = "cache",
        _ body: (DatabaseStoreUse, String, () -> [String]) throws -> Void
    ) throws {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: root) }
        let folder = root.appendingPathComponent(name).path
        let troubles = Troubles()
        let cache = PatternCache(folder: folder) { trouble in troubles.list.withLock { $0.append(trouble) } }
        try body(DatabaseStoreUse(cache), folder) { troubles.list.withLock { $0 } }
    }

    private func permissions(of path: String) -> Int? {
        (try? FileManager.default.attributesOfItem(atPath: path))?[.posixPermissions] as? Int
    }

    private func names(in folder: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    }
}

/// The store of a cache, as a pattern set uses it.
private struct DatabaseStoreUse {
    private let cache: PatternCache

    init(_ cache: PatternCache) {
        self.cache = cache
    }

    func read(_ name: String) -> [UInt8]? { cache.store.read(name) }
    func write(_ name: String, _ octets: [UInt8]) { cache.store.write(name, octets) }
}

private final class Troubles: Sendable {
    let list = Mutex<[String]>([])
}

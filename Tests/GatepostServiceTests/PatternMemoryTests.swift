import Glibc
import Patterns
import Synchronization
import Testing

@testable import GatepostService

/// What one worker has compiled is found by the next, and what is of no use is taken for nothing.
final class PatternMemoryTests {
    private var memory: PatternMemory

    init() throws {
        memory = try #require(PatternMemory.make())
    }

    deinit {
        close(memory.descriptor)
    }

    @Test("what was read or written while policies were made ready is there the next time, and nothing older")
    func generations() {
        visit { store in
            #expect(store.read("a") == nil)
            store.write("a", [1, 2, 3])
            store.write("b", [])
        }
        visit { store in
            #expect(store.read("a") == [1, 2, 3])
            #expect(store.read("b") == [])
        }
        visit { store in
            #expect(store.read("a") == [1, 2, 3])
            store.write("c", [4])
        }
        visit { store in
            #expect(store.read("a") == [1, 2, 3])
            #expect(store.read("b") == nil)
            #expect(store.read("c") == [4])
        }
        visit { _ in }
        visit { store in #expect(store.read("a") == nil) }
    }

    @Test("what is found of no use is written over")
    func replaced() {
        visit { store in store.write("a", [1]) }
        visit { store in
            #expect(store.read("a") == [1])
            store.write("a", [2])
        }
        visit { store in #expect(store.read("a") == [2]) }
    }

    @Test("a cache is asked first, is told what is new, and what it gives is left here")
    func cache() {
        let cache = Cache(["a": [1]])
        visit(behind: cache.store) { store in
            #expect(store.read("a") == [1])
            #expect(store.read("b") == nil)
            store.write("b", [2])
        }
        #expect(cache.content == ["a": [1], "b": [2]])
        visit { store in
            #expect(store.read("a") == [1])
            #expect(store.read("b") == [2])
        }
    }

    @Test("a cache that is new, or has lost something, is given what is here")
    func newCache() {
        visit { store in store.write("a", [1]) }
        let cache = Cache([:])
        visit(behind: cache.store) { store in #expect(store.read("a") == [1]) }
        #expect(cache.content == ["a": [1]])
    }

    @Test("more than is allowed is left to nobody")
    func tooMuch() {
        visit { store in store.write("a", [1]) }
        memory.largestContent = 100
        visit { store in
            #expect(store.read("a") == [1])
            store.write("b", [UInt8](repeating: 0, count: 100))
        }
        #expect(content() == [])
    }

    @Test("nothing is left once it is cleared")
    func cleared() {
        visit { store in store.write("a", [1]) }
        memory.clear()
        visit { store in #expect(store.read("a") == nil) }
    }

    @Test("content that is cut short, or is none, gives no record")
    func damaged() {
        visit { store in store.write("name", [1, 2, 3]) }
        let whole = content()
        for count in whole.indices {
            replace(with: Array(whole[..<count]))
            visit { store in #expect(store.read("name") == nil) }
        }
        for octet in [0, 0x7F, 0x80, 0xFF] as [UInt8] {
            replace(with: [UInt8](repeating: octet, count: 100))
            visit { store in #expect(store.read("name") == nil) }
        }
    }

    private func visit(behind cache: DatabaseStore? = nil, _ body: (DatabaseStore) -> Void) {
        memory.leavingPatterns(of: body, behind: cache)
    }

    private func content() -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: 1000)
        return Array(octets[..<pread(memory.descriptor, &octets, octets.count, 0)])
    }

    private func replace(with octets: [UInt8]) {
        memory.clear()
        #expect(pwrite(memory.descriptor, octets, octets.count, 0) == octets.count)
    }
}

private final class Cache: Sendable {
    private let records: Mutex<[String: [UInt8]]>

    init(_ records: [String: [UInt8]]) {
        self.records = Mutex(records)
    }

    var content: [String: [UInt8]] { records.withLock { $0 } }

    var store: DatabaseStore {
        DatabaseStore(
            read: { name in self.records.withLock { $0[name] } },
            write: { name, octets in self.records.withLock { $0[name] = octets } }
        )
    }
}

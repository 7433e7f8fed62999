import Glibc
import NIOCore
import Testing

@testable import RelayTransport

@Suite("Writes of a turn", .serialized) struct BatchedWritesTests {
    @Test("each socket is told what is meant for it", arguments: [true, false]) func each(isBatched: Bool) {
        let writes = BatchedWrites(isBatched: isBatched)
        let pairs = (0..<20).map { _ in SocketPair() }
        for turn in 1...3 {
            let numbers = pairs.indices.map { place in
                writes.add(ByteBuffer(string: "turn \(turn) of \(place)\r\n"), to: pairs[place].near)
            }
            #expect(numbers == Array(pairs.indices))
            writes.write()
            for place in pairs.indices {
                let expected = Array("turn \(turn) of \(place)\r\n".utf8)
                #expect(pairs[place].heard() == expected)
                #expect(writes.written(place) == expected.count)
            }
        }
    }

    @Test("octets before the first to be read are not written", arguments: [true, false]) func slices(isBatched: Bool) {
        let writes = BatchedWrites(isBatched: isBatched)
        let pairs = [SocketPair(), SocketPair()]
        for pair in pairs {
            var octets = ByteBuffer(string: "said before, said now")
            octets.moveReaderIndex(forwardBy: 13)
            _ = writes.add(octets, to: pair.near)
            // What is written is what was added.
            octets.clear()
            octets.writeString("something else")
        }
        writes.write()
        for pair in pairs { #expect(String(decoding: pair.heard(), as: UTF8.self) == "said now") }
    }

    @Test("what a socket does not take is not counted", arguments: [true, false]) func full(isBatched: Bool) {
        let writes = BatchedWrites(isBatched: isBatched)
        let (free, full, gone) = (SocketPair(), SocketPair(), SocketPair())
        signal(SIGPIPE, SIG_IGN)
        let before = full.fill()
        gone.endFar()
        for pair in [full, gone, free] { _ = writes.add(ByteBuffer(string: "250 Ok\r\n"), to: pair.near) }
        writes.write()
        #expect((0..<3).map(writes.written) == [0, 0, 8])
        #expect(full.heard().count == before)
        #expect(free.heard() == Array("250 Ok\r\n".utf8))
    }

    @Test("of much, a socket takes a part", arguments: [true, false]) func part(isBatched: Bool) {
        let writes = BatchedWrites(isBatched: isBatched)
        let pairs = [SocketPair(), SocketPair()]
        let octets = ByteBuffer(bytes: (0..<4_000_000).map { UInt8(truncatingIfNeeded: $0 / 7) })
        for pair in pairs { _ = writes.add(octets, to: pair.near) }
        writes.write()
        for (place, pair) in pairs.enumerated() {
            let count = writes.written(place)
            #expect((1..<4_000_000).contains(count))
            #expect(pair.heard() == Array(octets.readableBytesView.prefix(count)))
        }
    }

    @Test("a socket that there is not keeps nobody from being told, once", arguments: [true, false])
    func closed(isBatched: Bool) {
        let writes = BatchedWrites(isBatched: isBatched)
        let pairs = [SocketPair(), SocketPair()]
        for socket in [pairs[0].near, -1, pairs[1].near] {
            _ = writes.add(ByteBuffer(string: "250 Ok\r\n"), to: socket)
        }
        writes.write()
        #expect(writes.written(0) == 8)
        #expect(writes.written(1) == 0)
        for (place, pair) in [(0, pairs[0]), (2, pairs[1])] { #expect(pair.heard().count == writes.written(place)) }
    }

    @Test("there is an end to what one turn takes") func room() {
        let writes = BatchedWrites()
        let pair = SocketPair()
        var count = 0
        while count < 10_000, writes.add(ByteBuffer(string: "x"), to: pair.near) != nil { count += 1 }
        #expect((1..<10_000).contains(count))
        writes.write()
        #expect(pair.heard().count == count)
        #expect(writes.add(ByteBuffer(string: "x"), to: pair.near) == 0)
        writes.write()
        #expect(pair.heard().count == 1)
    }
}

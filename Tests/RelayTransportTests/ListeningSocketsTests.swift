import Glibc
import SMTPProtocol
import Testing

@testable import RelayTransport

@Suite struct ListeningSocketsTests {
    private static func listener(_ name: String, port: Int = 0) throws -> RelayConfiguration.Listener {
        let endpoint = Endpoint.address(IPAddress(v4: 0x7F00_0001), port: port)
        return .init(name: name, endpoint: endpoint, upstream: endpoint)
    }

    @Test func everyEventLoopHasASocketAtTheSamePort() throws {
        let sockets = try ListeningSockets(binding: [Self.listener("a"), Self.listener("b")], count: 4)
        defer { sockets.close() }
        #expect(sockets.listeners.map(\.descriptors.count) == [4, 4])
        for listener in sockets.listeners {
            let ports = Set(listener.descriptors.map(ListeningSockets.port))
            #expect(ports.count == 1 && !ports.contains(nil))
        }
    }

    @Test func sharesHaveNoSocketInCommonAndLeaveNoneOut() throws {
        let sockets = try ListeningSockets(binding: [Self.listener("a"), Self.listener("b")], count: 6)
        defer { sockets.close() }
        let shares = (0..<3).map { sockets.share($0, of: 3) }
        #expect(shares.allSatisfy { $0.listeners.map(\.descriptors.count) == [2, 2] })
        #expect(shares.flatMap(\.descriptors).sorted() == sockets.descriptors.sorted())
    }

    @Test(arguments: [(1, 1), (1, 4), (2, 2), (3, 3), (4, 4), (5, 5), (4, 2), (2, 3)])
    func twoLoopsAcceptFromEachSocket(sockets: Int, loops: Int) {
        let pairs = ListeningSockets.pairs(sockets: sockets, loops: loops, inCommon: true)
        for socket in 0..<sockets {
            #expect(Set(pairs.filter { $0.socket == socket }.map(\.loop)).count == min(loops, 2))
        }
        // None has more to do than another where there is a socket for each.
        if sockets == loops {
            for loop in 0..<loops { #expect(pairs.count { $0.loop == loop } == min(loops, 2)) }
        }
        let alone = ListeningSockets.pairs(sockets: sockets, loops: loops, inCommon: false)
        #expect(alone.map(\.socket) == Array(0..<sockets))
        #expect(alone.allSatisfy { (0..<loops).contains($0.loop) })
    }

    @Test func aSocketFileIsSharedByAll() throws {
        let folder = TestFolder()
        let endpoint = Endpoint.unixSocket(path: folder.path + "/socket")
        let sockets = try ListeningSockets(
            binding: [.init(name: "a", endpoint: endpoint, upstream: endpoint)], count: 4
        )
        defer { sockets.close() }
        #expect(sockets.share(0, of: 2).descriptors == sockets.descriptors)
        #expect(sockets.share(1, of: 2).descriptors == sockets.descriptors)
        #expect(sockets.descriptors.count == 1)
    }

    @Test func aPortThatIsTakenIsSaidWithItsListener() throws {
        let first = try ListeningSockets(binding: [Self.listener("first")], count: 2)
        defer { first.close() }
        let port = try #require(first.descriptors.first.flatMap(ListeningSockets.port))
        let failure = #expect(throws: ListenFailure.self) {
            try ListeningSockets(binding: [Self.listener("free"), Self.listener("second", port: port)], count: 2)
        }
        #expect(failure?.listener == "second")
    }
}

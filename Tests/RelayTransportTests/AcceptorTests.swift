import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Testing

@testable import RelayTransport

@Suite("Accepting") struct AcceptorTests {
    private func server(knowing services: [String: ListenerService] = [:]) async throws -> any Channel {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        return try await ServerBootstrap(group: loop, childGroup: loop)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let admission = Admission(sessions: 10, perClient: 10)
                    let state = LoopState(eventLoop: loop, admission: admission, log: SilentLog())
                    let acceptor = Acceptor(for: "mx", NIOLockedValueBox(services), on: state)
                    try channel.pipeline.syncOperations.addHandler(acceptor)
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    /// Connections would be served all the same, but for more of the processor's time.
    @Test("what is passed over has the name that it is looked for by") func name() async throws {
        let channel = try await server()
        let context = try await channel.pipeline.context(name: Acceptor.nameOfPassedOver).map { $0.name }.get()
        #expect(context == Acceptor.nameOfPassedOver)
        try await channel.close()
    }

    @Test("a connection that cannot be served is closed, and the next one is accepted") func unknown() async throws {
        let channel = try await server()
        let port = try #require(channel.localAddress?.port)
        for _ in 0..<3 { #expect(try TestSocket.connected(to: port).readLine() == nil) }
        #expect(channel.isActive)
        try await channel.close()
    }
}

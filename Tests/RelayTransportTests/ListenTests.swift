import Logging
import NIOPosix
import RelayTransport
import Testing

@Suite struct ListenTests {
    private func server(at endpoint: String) async throws -> RelayServer {
        let listener = RelayConfiguration.Listener(
            name: "mx",
            endpoint: try #require(Endpoint(endpoint)),
            upstream: try #require(Endpoint("127.0.0.1:25"))
        )
        return try await RelayServer(
            RelayConfiguration(hostname: "mx.example.com", listeners: [listener]),
            group: MultiThreadedEventLoopGroup.singleton,
            log: SilentLog(),
            logger: Logger(label: "test")
        )
    }

    @Test func aPortThatAnotherServerHasIsAnErrorThatNamesTheListener() async throws {
        let first = try await server(at: "127.0.0.1:0")
        let bound = try #require(try await first.start().first)
        let second = try await server(at: "\(bound.endpoint)")
        let failure = await #expect(throws: ListenFailure.self) { try await second.start() }
        #expect(failure?.description == "listener `mx` cannot listen on \(bound.endpoint): Address already in use")
        await first.shutdown(grace: .zero)
        // The port is free again, also behind sessions that have just ended.
        _ = try await second.start()
        await second.shutdown(grace: .zero)
    }
}

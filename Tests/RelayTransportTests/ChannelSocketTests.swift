import NIOCore
import NIOPosix
import Testing

@testable import RelayTransport

@Suite("The socket of a channel") struct ChannelSocketTests {
    /// Has its handler tell what it can do, on the event loop.
    private func onChannel<Result: Sendable>(
        to listener: TestSocket,
        _ body: @escaping @Sendable (ChannelHandlerContext) throws -> Result
    ) async throws -> Result {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: listener.port).get()
        let result = try await channel.eventLoop.submit {
            let handler = Bystander()
            try channel.pipeline.syncOperations.addHandler(handler)
            return try body(channel.pipeline.syncOperations.context(handler: handler))
        }.get()
        try? await channel.close()
        return result
    }

    private final class Bystander: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
    }

    @Test("octets come to the other end without the channel") func written() async throws {
        let listener = try TestSocket.listening()
        let count = try await onChannel(to: listener) { context -> Int? in
            let writes = BatchedWrites()
            var socket = try #require(ChannelSocket(of: context))
            let number = socket.add(ByteBuffer(string: "250 Ok\r\n"), of: context, to: writes)
            writes.write()
            return number.map(writes.written)
        }
        #expect(count == 8)
        #expect(try listener.accepted().readLine() == "250 Ok")
    }

    /// The number of its socket may be another connection's by then.
    @Test("a channel that has closed has none") func closed() async throws {
        let listener = try TestSocket.listening()
        let number = try await onChannel(to: listener) { context -> Int? in
            var socket = try #require(ChannelSocket(of: context))
            context.close(promise: nil)
            return socket.add(ByteBuffer(string: "250 Ok\r\n"), of: context, to: BatchedWrites())
        }
        #expect(number == nil)
    }

    @Test("what the channel holds back goes first") func held() async throws {
        let listener = try TestSocket.listening()
        let numbers = try await onChannel(to: listener) { context -> [Int?] in
            let writes = BatchedWrites()
            var socket = try #require(ChannelSocket(of: context))
            let before = socket.add(ByteBuffer(string: "x"), of: context, to: writes)
            // More than a socket takes whose other end does not read.
            context.writeAndFlush(NIOAny(ByteBuffer(repeating: 0, count: 64 << 20)), promise: nil)
            socket.isPassedBy()
            return [before, socket.add(ByteBuffer(string: "x"), of: context, to: writes)]
        }
        #expect(numbers == [0, nil])
    }
}

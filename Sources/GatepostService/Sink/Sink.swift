import NIOCore
import NIOPosix
import RelayTransport
import SMTPProtocol

/// A receiving mail server: speaks ESMTP, keeps what arrives, and misbehaves when told to.
public final class Sink: Sendable {
    private let channel: any Channel
    /// Where it listens, with the port that the system picked.
    public let endpoint: Endpoint

    /// What a client may leave unsaid before it is closed.
    private static let patience = TimeAmount.minutes(5)

    /// Starts to accept clients.
    public init(
        at endpoint: Endpoint,
        _ behaviour: SinkBehaviour = SinkBehaviour(),
        store: any SinkStore,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) async throws {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        IdleStateHandler(readTimeout: Self.patience),
                        SinkIdleCloser(),
                        SinkHandler(behaviour, store: store)
                    )
                }
            }
        switch endpoint {
        case .address(let address, let port):
            channel = try await bootstrap.bind(host: "\(address)", port: port).get()
            self.endpoint = .address(address, port: channel.localAddress?.port ?? port)
        case .name(let name, let port):
            channel = try await bootstrap.bind(host: name, port: port).get()
            self.endpoint = .name(name, port: channel.localAddress?.port ?? port)
        case .unixSocket(let path):
            channel = try await bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
            self.endpoint = endpoint
        }
    }

    /// Accepts no further client; sessions that are open go on.
    public func stop() async {
        try? await channel.close()
    }
}

/// Closes a client that says nothing for too long.
private final class SinkIdleCloser: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent { context.close(promise: nil) }
    }
}

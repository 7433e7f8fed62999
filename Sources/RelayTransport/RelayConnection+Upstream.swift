import NIOCore
import NIOPosix
import RelayCore
import TLSEngine

/// The upstream's channel: made, resumed, secured, and what it reports.
extension RelayConnection {
    /// Goes on with a connection that has served another session; false when there is none.
    func resumeUpstream() -> Bool {
        guard let (handler, kept) = loop.pool.take(for: service) else { return false }
        upstream = handler
        upstreamIsWritable = true
        handler.serve(self)
        deliver(.upstreamResumed(service.upstreamName, kept))
        return true
    }

    func connectUpstream() {
        guard knowledge.mayConnect(at: loop.now()) else {
            deliver(.upstreamConnectFailed("left alone since it failed before"))
            return
        }
        isTryingUpstream = true
        let handler = UpstreamHandler(self)
        upstream = handler
        upstreamIsWritable = true
        let bootstrap = ClientBootstrap(group: loop.eventLoop)
            .connectTimeout(.nanoseconds(Int64(clamping: service.settings.timeouts.connect.value)))
            .channelInitializer { [handler = NIOLoopBound(handler, eventLoop: loop.eventLoop)] channel in
                do {
                    try channel.syncOptions?.setOption(.recvAllocator, value: ReadSizes.ofReplies)
                    try channel.pipeline.syncOperations.addHandler(handler.value, name: "upstream")
                    return channel.eventLoop.makeSucceededVoidFuture()
                } catch {
                    return channel.eventLoop.makeFailedFuture(error)
                }
            }
        let connected =
            switch (service.upstreamAddress, service.upstream) {
            case (let address?, _): bootstrap.connect(to: address)
            case (nil, .name(let name, let port)): bootstrap.connect(host: name, port: port)
            case (nil, .address(let address, let port)): bootstrap.connect(host: "\(address)", port: port)
            case (nil, .unixSocket(let path)): bootstrap.connect(unixDomainSocketPath: path)
            }
        connected.assumeIsolated().whenFailure { error in
            self.catchUp()
            guard self.upstream === handler else { return }
            self.upstream = nil
            self.deliver(.upstreamConnectFailed("\(self.service.upstream): \(SocketErrorText.of(error))"))
        }
    }

    func secureUpstream() {
        // A header of the PROXY protocol goes before TLS.
        writeUpstream()
        guard let upstream, let tls = service.upstreamTLS else { return }
        do {
            try upstream.secure(TLSHandler(TLSConnection(client: tls.context, name: tls.name)))
        } catch {
            deliver(.upstreamSecurityFailed("\(error)"))
        }
    }

    func upstreamWritabilityChanged(_ handler: UpstreamHandler, _ isWritable: Bool) {
        catchUp()
        guard upstream === handler else { return }
        upstreamIsWritable = isWritable
        deliver(.upstreamWritable(isWritable))
    }

    func upstreamConnected(_ handler: UpstreamHandler) {
        catchUp()
        guard upstream === handler else { return }
        guard !isDelivering else { return waiting.append(.upstreamConnected(handler)) }
        deliver(.upstreamConnected(service.upstreamName))
    }

    func upstreamInactive(_ handler: UpstreamHandler) {
        catchUp()
        guard upstream === handler else { return }
        upstream = nil
        upstreamIsWritable = true
        deliver(.upstreamClosed)
    }
}

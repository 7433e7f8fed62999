import NIOCore

/// The socket of a channel, for octets that are written without the channel (`BatchedWrites`).
///
/// A channel closes its socket by itself, and the system gives the number of a closed one to the next connection. A
/// channel that has closed is not active any more: that is asked before each use. What the channel holds back goes first.
struct ChannelSocket {
    private let descriptor: CInt
    /// The channel may hold octets that it has not written yet.
    private var mayHoldOctets = true

    /// Nil when the channel has none that octets could be written to.
    init?(of context: ChannelHandlerContext) {
        let descriptor = try? context.pipeline.syncOperations
            .withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { $0 }
        guard let descriptor else { return nil }
        self.descriptor = descriptor
    }

    /// To be said when octets are written to the channel.
    mutating func isPassedBy() {
        mayHoldOctets = true
    }

    /// Has octets written with those of other sessions; nil when that cannot be.
    mutating func add(_ octets: ByteBuffer, of context: ChannelHandlerContext, to writes: BatchedWrites) -> Int? {
        let channel = context.channel
        guard channel.isActive else { return nil }
        if mayHoldOctets {
            let held = try? channel.syncOptions?.getOption(.bufferedWritableBytes)
            guard held == 0 else { return nil }
            mayHoldOctets = false
        }
        return writes.add(octets, to: descriptor)
    }
}

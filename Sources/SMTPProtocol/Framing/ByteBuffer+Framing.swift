import NIOCore

/// How framers keep what they cannot use yet. A peer decides where its octets are split and may see to it that a buffer
/// never runs empty, so neither the octets already used nor the storage behind a few that remain may pile up.
extension ByteBuffer {
    /// Adopts the buffer that came in when nothing is kept, else adds a copy of it.
    mutating func append(received bytes: ByteBuffer) {
        guard readableBytes > 0 else {
            self = bytes
            return
        }
        // More used than kept: moving costs less than what was framed since the last time.
        if readerIndex > readableBytes { discardReadBytes() }
        var bytes = bytes
        writeBuffer(&bytes)
    }

    /// Whether it is worth while to keep this as it came instead of copying it behind what is kept. One that holds little for
    /// its storage is not.
    var isLarge: Bool { readableBytes >= max(4096, storageCapacity / 2) }

    /// Moves a few octets out of a large storage, which goes back to whoever lent it.
    mutating func releaseLargeStorage() {
        guard storageCapacity > max(2048, 4 * readableBytes) else { return }
        self = withUnsafeReadableBytes { ByteBuffer(bytes: $0) }
    }
}
